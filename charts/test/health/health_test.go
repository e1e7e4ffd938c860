// Runs the health script as Argo CD does, and kstatus as Flux and kubectl do, over experiments in every state.
package health

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

const script = "../../gitops/argocd/health.lua"

// A case says in which condition an experiment is, and what each tool makes of it.
type Case struct {
	Name    string         `json:"name"`
	Status  map[string]any `json:"status"`
	ArgoCD  string         `json:"argocd"`
	Message string         `json:"message"`
	Kstatus string         `json:"kstatus"`
}

func TestHealth(t *testing.T) {
	text, err := os.ReadFile("cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []Case
	if err := yaml.UnmarshalStrict(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("cases.yaml has no cases")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			experiment := map[string]any{
				"apiVersion": "evomerge.dev/v1alpha1",
				"kind":       "MergeExperiment",
				"metadata":   map[string]any{"name": "maths-ja", "namespace": "research", "generation": 3},
			}
			if c.Status != nil {
				experiment["status"] = c.Status
			}
			experiment = plain(t, experiment)
			state, message := argocd(t, experiment)
			if state != c.ArgoCD || message != c.Message {
				t.Errorf("Argo CD: %s %q, expected %s %q", state, message, c.ArgoCD, c.Message)
			}
			result, err := status.Compute(&unstructured.Unstructured{Object: experiment})
			if err != nil {
				t.Fatal(err)
			}
			if result.Status.String() != c.Kstatus {
				t.Errorf("kstatus: %s (%s), expected %s", result.Status, result.Message, c.Kstatus)
			}
		})
	}
}

// plain turns an object into what JSON from an API server would be, with whole numbers as such.
func plain(t *testing.T, object map[string]any) map[string]any {
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var parsed unstructured.Unstructured
	if err := parsed.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	return parsed.Object
}

func argocd(t *testing.T, experiment map[string]any) (string, string) {
	lua := lua.NewState()
	defer lua.Close()
	lua.SetGlobal("obj", value(lua, experiment))
	if err := lua.DoFile(script); err != nil {
		t.Fatal(err)
	}
	health := lua.Get(-1)
	return lua.GetField(health, "status").String(), lua.GetField(health, "message").String()
}

func value(state *lua.LState, from any) lua.LValue {
	switch v := from.(type) {
	case nil:
		return lua.LNil
	case bool:
		return lua.LBool(v)
	case string:
		return lua.LString(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	case []any:
		table := state.NewTable()
		for _, item := range v {
			table.Append(value(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range v {
			state.SetField(table, key, value(state, item))
		}
		return table
	default:
		panic(v)
	}
}
