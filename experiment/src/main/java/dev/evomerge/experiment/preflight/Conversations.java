package dev.evomerge.experiment.preflight;

import dev.evomerge.contract.TaskSpec.ChatSpec;
import dev.evomerge.contract.data.ChatTemplate;
import dev.evomerge.contract.data.ChatTemplateException;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentSpec.Baseline;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.search.Space;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;

/** Whether the chat templates of an experiment's models can write its conversations. */
final class Conversations {

    private final MergeExperimentSpec spec;
    private final Templates templates;
    private final SortedMap<String, String> uris;
    private final Map<String, ChatTemplate> read = new HashMap<>();

    /** Where the chat templates of models come from. */
    interface Templates {

        /** The template of the model of this name and URI. */
        ChatTemplate of(String name, String uri) throws IOException, TroubleException;
    }

    Conversations(MergeExperimentSpec spec, Templates templates) {
        this.spec = spec;
        this.templates = templates;
        this.uris = Manifests.modelUris(spec);
    }

    /**
     * Renders some prompts of every task that is a chat with every template that a candidate may have.
     *
     * @param prompts some of each task's prompts, by its name
     * @throws TroubleException if a model has no template, or one that fails
     */
    void check(Map<String, List<String>> prompts) throws TroubleException {
        for (var task : spec.evaluation().tasks()) {
            Optional<ChatSpec> chat = Manifests.chat(task);
            if (chat.isPresent()) {
                for (String model : tokenizers()) {
                    check(task.name(), chat.get(), model, prompts.get(task.name()));
                }
            }
        }
    }

    private void check(String task, ChatSpec chat, String model, List<String> prompts) throws TroubleException {
        try {
            if (!read.containsKey(model)) {
                read.put(model, templates.of(model, uris.get(model)));
            }
            var template = read.get(model);
            prompts.forEach(prompt -> template.render(chat, prompt));
        } catch (ChatTemplateException e) {
            throw new TroubleException(Reason.ChatTemplateInvalid, "task " + task + ": " + e.getMessage());
        } catch (IOException e) {
            throw new TroubleException(Reason.ModelCannotBeRead, e.getMessage());
        }
    }

    /** The models whose tokenizers candidates have: the base, or the first of what is merged, laid in a path or compared with. */
    private List<String> tokenizers() {
        var sources = new TreeSet<String>();
        spec.models().forEach(model -> sources.add(model.name()));
        var models = new TreeSet<String>();
        if (spec.baselines().contains(Baseline.Sources)) {
            models.addAll(sources);
        } else if (spec.baselines().contains(Baseline.UniformSoup)) {
            models.add(sources.first());
        }
        Optional<String> base = Optional.ofNullable(spec.base()).map(model -> SearchSpecs.BASE);
        base.ifPresent(models::add);
        for (var stage : spec.stages()) {
            switch (SearchSpecs.space(stage, spec)) {
                case Space.ParameterSpace space ->
                    models.add(base.orElse(space.models().getFirst()));
                case Space.DataFlowSpace space -> models.add(space.models().getFirst());
            }
        }
        // What is missing is the winner of an earlier stage: its tokenizer is that of a model that is here already.
        return models.stream().filter(uris::containsKey).toList();
    }
}
