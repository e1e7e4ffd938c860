package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the TorchScript program of a model. Sizes and a family's traits are constants of the text; weights, caches and the path through the
 * layers are arguments, so one program runs every candidate.
 *
 * <p>Common arguments:
 * <ul>
 *   <li>{@code w}: embedding, final norm, head, then the buffers of each hop's layer, in the order of {@link WeightLayout#roles};
 *   <li>{@code kinds}: for each hop, which kind of attention; kind k has the window {@code windows[k]} and the rotary tables
 *       {@code ropes[2k]}, {@code ropes[2k+1]};
 *   <li>{@code scales}: for each hop, what multiplies the pending output of the hop before as it enters;
 *   <li>{@code kv}: keys and values of each hop as {@code caches} makes them, {@code [slots, positions, kvHeads, headDim]}; empty where nothing is to be
 *       kept.
 * </ul>
 * Where tokens are drawn, {@code drawing} holds repetition penalty, temperature (0: the best), top-k (0: all) and top-p, {@code seen} the tokens of
 * each sequence {@code [sequences, vocabulary]}, and {@code draws} numbers from [0, 1) {@code [steps, sequences]}; an empty {@code drawing} is greedy.
 * Sequences lie at the start of their slot, each with its own length, so padding comes after what is real and causality hides it.
 */
public final class ProgramSource {

    private static final String TEMPLATE = """
            class Program(Module):
              __parameters__ = []
              __buffers__ = []
              def cast(self: __torch__.Program, x: Tensor, like: List[Tensor]) -> Tensor:
                return x.to(like[0].device, @dtype@, False, True)
              def place(self: __torch__.Program, buffers: List[Tensor], devices: str) -> List[Tensor]:
                placed = annotate(List[Tensor], [])
                names = devices.split(",", -1)
                for i in range(len(buffers)):
                  placed.append(buffers[i].to(torch.device(names[i]), @dtype@, False, True))
                return placed
              def caches(self: __torch__.Program, slots: int, positions: int, hops: int, like: List[Tensor]) -> List[Tensor]:
                kv = annotate(List[Tensor], [])
                sizes = [slots, positions, @kv_heads@, @head_dim@]
                for hop in range(hops):
                  near = like[3 + @layer_buffers@ * hop]
                  kv.append(near.new_zeros(sizes, dtype=@dtype@))
                  kv.append(near.new_zeros(sizes, dtype=@dtype@))
                return kv
              def norm(self: __torch__.Program, x: Tensor, weight: Tensor) -> Tensor:
                return @norm@
              def enter(self: __torch__.Program, x: Tensor, w: List[Tensor], i: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
                n, t = x.size(0), x.size(1)
                qkv = torch.linear(self.norm(x, w[i]), w[i + @qkv@], @qkv_bias@)
                @qk@
                v = qkv.narrow(2, @qk_width@, @kv_width@).view([n, t, @kv_heads@, @head_dim@])
                return (qk.narrow(2, 0, @heads@), qk.narrow(2, @heads@, @kv_heads@), v)
              def leave(self: __torch__.Program, x: Tensor, o: Tensor, w: List[Tensor], i: int) -> Tuple[Tensor, Tensor]:
                x = x + @attention_out@
                gate, up = torch.chunk(torch.linear(self.norm(x, w[i + @mlp_norm@]), w[i + @gate_up@], @gate_up_bias@), 2, -1)
                return (x, @mlp_out@)
              def attend(self: __torch__.Program, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor], causal: bool) -> Tensor:
                @attend@
              def by_position(self: __torch__.Program, kv: List[Tensor], hop: int, slot: int, n: int) -> Tuple[Tensor, Tensor]:
                return (kv[2 * hop].narrow(0, slot, n), kv[2 * hop + 1].narrow(0, slot, n))
              def embed(self: __torch__.Program, w: List[Tensor], tokens: Tensor) -> Tensor:
                return torch.embedding(w[0], tokens)@embedding_scale@
              def head(self: __torch__.Program, w: List[Tensor], x: Tensor) -> Tensor:
                logits = torch.linear(self.norm(x, w[1]), w[2], None)
                return @logits@
              def causal_mask(self: __torch__.Program, x: Tensor, t: int, past: int, window: int) -> Tensor:
                i = torch.arange(past, past + t, device=x.device).unsqueeze(1)
                j = torch.arange(past + t, device=x.device)
                hidden = torch.gt(j, i)
                if window > 0:
                  hidden = torch.logical_or(hidden, torch.le(j, i - window))
                return x.new_zeros([t, past + t]).masked_fill(hidden, float("-inf"))
              def states(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], kv: List[Tensor], slot: int, past: int, tokens: Tensor, stop: int) -> Tuple[Tensor, int]:
                n, t = tokens.size(0), tokens.size(1)
                pending = self.embed(w, tokens)
                x = torch.zeros_like(pending)
                masks = annotate(List[Tensor], [])
                for window in windows:
                  if past == 0 and (window == 0 or t <= window) and @plain_attention@:
                    masks.append(tokens)
                  else:
                    masks.append(self.causal_mask(pending, t, past, window))
                broken = -1
                for hop in range(len(kinds)):
                  kind = kinds[hop]
                  i = 3 + @layer_buffers@ * hop
                  x = torch.add(x, pending, alpha=scales[hop]).to(w[i].device)
                  q, k, v = self.enter(x, w, i, ropes[2 * kind].narrow(0, past, t).to(w[i].device), ropes[2 * kind + 1].narrow(0, past, t).to(w[i].device))
                  if len(kv) > 0:
                    keys, values = self.by_position(kv, hop, slot, n)
                    keys.narrow(1, past, t).copy_(k)
                    values.narrow(1, past, t).copy_(v)
                    if past > 0:
                      k, v = keys.narrow(1, 0, past + t).to(k.dtype), values.narrow(1, 0, past + t).to(v.dtype)
                  if @group@ > 1:
                    k = k.unsqueeze(3).expand([n, past + t, @kv_heads@, @group@, @head_dim@]).reshape([n, past + t, @heads@, @head_dim@])
                    v = v.unsqueeze(3).expand([n, past + t, @kv_heads@, @group@, @head_dim@]).reshape([n, past + t, @heads@, @head_dim@])
                  mask = annotate(Optional[Tensor], None)
                  causal = past == 0 and (windows[kind] == 0 or t <= windows[kind]) and @plain_attention@
                  if not causal:
                    mask = masks[kind].to(w[i].device)
                  o = self.attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask, causal)
                  x, pending = self.leave(x, o.transpose(1, 2).reshape([n, t, @heads_width@]), w, i)
                  if stop == 1 and broken < 0 and not bool(torch.isfinite(x + pending).all()):
                    broken = hop
                return ((x + pending).to(w[0].device), broken)
              def prefill(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], kv: List[Tensor], slot: int, past: int, tokens: Tensor, lengths: Tensor, drawing: List[float], seen: Tensor, draws: Tensor) -> Tensor:
                tokens, lengths, seen, draws = tokens.to(w[0].device), lengths.to(w[0].device), seen.to(w[0].device), draws.to(w[0].device)
                x, broken = self.states(w, kinds, windows, ropes, scales, kv, slot, past, tokens, 0)
                last = torch.sub(lengths, past + 1).view([-1, 1, 1]).expand([-1, 1, @hidden@])
                token, checked = self.choose(self.head(w, x.gather(1, last).squeeze(1)), drawing, seen, draws.select(0, 0))
                return checked.cpu()
              def decode(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], kv: List[Tensor], tokens: Tensor, lengths: Tensor, longest: int, uniform: bool, steps: int, ends: Tensor, enough: int, drawing: List[float], seen: Tensor, draws: Tensor) -> Tensor:
                tokens, lengths, seen, draws = tokens.to(w[0].device), lengths.to(w[0].device), seen.to(w[0].device), draws.to(w[0].device)
                ends = ends.to(w[0].device)
                n = tokens.size(0)
                rows = torch.arange(n, device=tokens.device)
                positions = torch.arange(longest + steps, device=tokens.device)
                out = tokens.new_zeros([steps, n])
                done = torch.lt(tokens, 0)
                step = 0
                go = True
                while go:
                  m = longest + step + 1
                  masks = annotate(List[Tensor], [])
                  turns = annotate(List[Tensor], [])
                  for kind in range(len(windows)):
                    if not uniform or windows[kind] > 0:
                      reach = positions.narrow(0, 0, m)
                      hidden = torch.gt(reach, lengths.unsqueeze(1))
                      if windows[kind] > 0:
                        hidden = torch.logical_or(hidden, torch.le(reach, lengths.unsqueeze(1) - windows[kind]))
                      masks.append(w[1].new_zeros([n, m], dtype=@dtype@).masked_fill(hidden, float("-inf")).view([n, 1, 1, m]))
                    else:
                      masks.append(positions)
                    turns.append(ropes[2 * kind].index_select(0, lengths).unsqueeze(1))
                    turns.append(ropes[2 * kind + 1].index_select(0, lengths).unsqueeze(1))
                  pending = self.embed(w, tokens).unsqueeze(1)
                  x = torch.zeros_like(pending)
                  for hop in range(len(kinds)):
                    kind = kinds[hop]
                    i = 3 + @layer_buffers@ * hop
                    x = torch.add(x, pending, alpha=scales[hop]).to(w[i].device)
                    q, k, v = self.enter(x, w, i, turns[2 * kind].to(w[i].device), turns[2 * kind + 1].to(w[i].device))
                    keys, values = self.by_position(kv, hop, 0, n)
                    keys.index_put_([rows.to(w[i].device), lengths.to(w[i].device)], k.squeeze(1).to(@dtype@))
                    values.index_put_([rows.to(w[i].device), lengths.to(w[i].device)], v.squeeze(1).to(@dtype@))
                    mask = annotate(Optional[Tensor], None)
                    if not uniform or windows[kind] > 0:
                      mask = masks[kind].to(w[i].device)
                    o = self.attend(q.reshape([n, @kv_heads@, @group@, @head_dim@]), keys.narrow(1, 0, m).transpose(1, 2), values.narrow(1, 0, m).transpose(1, 2), mask, False)
                    x, pending = self.leave(x, o.reshape([n, 1, @heads_width@]), w, i)
                  if len(drawing) > 0 and drawing[0] != 1.:
                    seen.index_put_([rows, tokens], torch.ones_like(done))
                  token, checked = self.choose(self.head(w, (x + pending).squeeze(1).to(w[0].device)), drawing, seen, draws.select(0, step % draws.size(0)))
                  out.select(0, step).copy_(checked)
                  tokens = token
                  lengths = lengths + 1
                  done = torch.logical_or(done, torch.logical_or(torch.isin(token, ends), torch.lt(checked, 0)))
                  step = step + 1
                  go = step < steps and int(done.sum()) < enough
                return out.narrow(0, 0, step).cpu()
              def rank(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], kv: List[Tensor], past: int, tokens: Tensor, count: int) -> Tensor:
                x, broken = self.states(w, kinds, windows, ropes, scales, kv, 0, past, tokens.to(w[0].device), 0)
                return self.top(self.head(w, x.select(1, -1)).to(6), count)
              def move(self: __torch__.Program, kv: List[Tensor], source: Tensor, target: Tensor, length: int) -> int:
                for hop in range(len(kv) // 2):
                  for part in self.by_position(kv, hop, 0, kv[0].size(0)):
                    part = part.narrow(1, 0, length)
                    part.index_copy_(0, target.to(part.device), part.index_select(0, source.to(part.device)))
                return 0
              def probe(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], tokens: Tensor) -> int:
                tokens = tokens.to(w[0].device)
                if not bool(torch.isfinite(self.embed(w, tokens)).all()):
                  return -2
                x, broken = self.states(w, kinds, windows, ropes, scales, annotate(List[Tensor], []), 0, 0, tokens, 1)
                return broken
              def logits(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], tokens: Tensor) -> Tensor:
                tokens = tokens.to(w[0].device)
                x, broken = self.states(w, kinds, windows, ropes, scales, annotate(List[Tensor], []), 0, 0, tokens, 0)
                return self.head(w, x).to(6).cpu()
              def score(self: __torch__.Program, w: List[Tensor], kinds: List[int], windows: List[int], ropes: List[Tensor], scales: List[float], tokens: Tensor) -> Tensor:
                tokens = tokens.to(w[0].device)
                x, broken = self.states(w, kinds, windows, ropes, scales, annotate(List[Tensor], []), 0, 0, tokens, 0)
                return self.scores(self.head(w, x).to(6), tokens)
            """;

    /** How tokens are chosen by their logits. */
    private static final String CHOICE = """
              def choose(self: __torch__.Program, logits: Tensor, drawing: List[float], seen: Tensor, draw: Tensor) -> Tuple[Tensor, Tensor]:
                if len(drawing) == 0:
                  best, token = torch.max(logits, 1)
                  return (token, torch.where(torch.eq(best - best, 0), token, -1))
                logits = logits.to(6)
                penalty, temperature, top_k, top_p = drawing[0], drawing[1], int(drawing[2]), drawing[3]
                if penalty != 1.:
                  logits = torch.where(seen, torch.where(torch.lt(logits, 0), logits * penalty, logits / penalty), logits)
                best, token = torch.max(logits, 1)
                finite = torch.eq(best - best, 0)
                if temperature > 0.:
                  ranked, order = torch.sort(logits / temperature, dim=1, descending=True)
                  if top_k > 0:
                    ranked = ranked.narrow(1, 0, min(top_k, ranked.size(1)))
                  p = torch.softmax(ranked, 1)
                  sums = torch.cumsum(p, 1)
                  kept = torch.lt(sums - p, top_p)
                  total = torch.where(kept, p, 0.).sum([1], True)
                  below = torch.logical_and(kept, torch.le(sums, total * draw.unsqueeze(1))).sum([1], True)
                  last = kept.sum([1], True) - 1
                  token = order.gather(1, torch.minimum(below, last)).squeeze(1)
                return (token, torch.where(finite, token, -1))
              def top(self: __torch__.Program, logits: Tensor, count: int) -> Tensor:
                best, token = torch.topk(torch.log_softmax(logits, -1), count)
                return torch.cat([best, token.to(6)], 1).cpu()
              def scores(self: __torch__.Program, logits: Tensor, tokens: Tensor) -> Tensor:
                t = tokens.size(1) - 1
                logits = logits.view([1, t + 1, -1]).narrow(1, 0, t)
                return torch.log_softmax(logits, -1).gather(2, tokens.narrow(1, 1, t).unsqueeze(2)).squeeze(2).cpu()
              def pick(self: __torch__.Program, logits: Tensor, drawing: List[float], seen: Tensor, draws: Tensor, step: int, newest: Tensor) -> Tensor:
                n = newest.size(0)
                if n > 0 and drawing[0] != 1.:
                  seen.index_put_([torch.arange(n), newest], torch.ones([n], dtype=11))
                token, checked = self.choose(logits, drawing, seen, draws.select(0, step % draws.size(0)))
                return checked
            """;

    /** A program with the choice alone, for logits of the caller's: {@code pick}, {@code top} and {@code scores}. */
    public static final String CHOOSING = """
            class Program(Module):
              __parameters__ = []
              __buffers__ = []
            """ + CHOICE;

    /** oneDNN's linear layer of {@code x}, {@code weight} and {@code bias}: torch.linear goes to slower libraries for float32. */
    private static final String ONE_DNN_LINEAR =
            "ops.mkldnn._linear_pointwise(x, weight, bias, \"none\", annotate(List[Optional[number]], []), \"\")";

    /** A program with oneDNN's linear layer alone, to see whether this processor can run it on a square matrix: {@code run([x])}. */
    public static final String ONE_DNN_PROBE = """
            class Program(Module):
              __parameters__ = []
              __buffers__ = []
              def run(self: __torch__.Program, w: List[Tensor]) -> Tensor:
                x = w[0]
                weight = ops.mkldnn._reorder_linear_weight(x)
                bias = annotate(Optional[Tensor], None)
                return %s
            """.formatted(ONE_DNN_LINEAR);

    private ProgramSource() {}

    /**
     * The program of a model.
     *
     * @param scalarType PyTorch's number of the weights' element type
     */
    public static String of(ModelConfig config, int scalarType) {
        var values = new HashMap<String, String>();
        sizes(values, config, scalarType);
        traits(values, config, scalarType);
        return fill(TEMPLATE, values) + CHOICE;
    }

    private static void sizes(Map<String, String> values, ModelConfig config, int scalarType) {
        int headDim = config.headDim();
        List<String> roles = WeightLayout.roles(config.traits());
        for (String role : roles) {
            values.put(role, Integer.toString(roles.indexOf(role)));
        }
        values.put("layer_buffers", Integer.toString(roles.size()));
        values.put("dtype", Integer.toString(scalarType));
        values.put("hidden", Integer.toString(config.hidden()));
        values.put("heads", Integer.toString(config.heads()));
        values.put("kv_heads", Integer.toString(config.kvHeads()));
        values.put("head_dim", Integer.toString(headDim));
        values.put("group", Integer.toString(config.group()));
        values.put("heads_width", Integer.toString(config.heads() * headDim));
        values.put("kv_width", Integer.toString(config.kvHeads() * headDim));
        values.put("qk_width", Integer.toString((config.heads() + config.kvHeads()) * headDim));
    }

    private static void traits(Map<String, String> values, ModelConfig config, int scalarType) {
        Traits traits = config.traits();
        values.put("norm", norm(config, "x", "weight", config.hidden(), scalarType));
        values.put("qkv_bias", bias(values, "qkv_bias"));
        values.put("gate_up_bias", bias(values, "gate_up_bias"));
        values.put("qk", queryAndKey(config, values, scalarType));
        String activation =
                switch (traits.activation()) {
                    case SILU -> "torch.silu(gate)";
                    case GELU_TANH -> "torch.gelu(gate, approximate=\"tanh\")";
                };
        String out = "torch.linear(o, w[i + @o@], " + bias(values, "o_bias") + ")";
        String down = "torch.linear(" + activation + " * up, w[i + @down@], " + bias(values, "down_bias") + ")";
        if (traits.sandwichNorms()) {
            out = "self.norm(" + out + ", w[i + @attention_post_norm@])";
            down = "self.norm(" + down + ", w[i + @mlp_post_norm@])";
        }
        values.put("attention_out", fill(out, values));
        values.put("mlp_out", fill(down, values));
        values.put(
                "embedding_scale",
                traits.embeddingScale() == 1 ? "" : " * " + rounded(traits.embeddingScale(), scalarType));
        values.put("logits", capped("logits", traits.logitCap()));
        values.put("plain_attention", traits.attentionCap() == 0 ? "True" : "False");
        values.put("attend", attention(traits));
    }

    /** The bias in a role's buffer, or none where the family has none. */
    private static String bias(Map<String, String> values, String role) {
        return values.containsKey(role) ? "w[i + " + values.get(role) + "]" : "None";
    }

    private static String attention(Traits traits) {
        if (traits.attentionCap() == 0) {
            return "return torch.scaled_dot_product_attention(q, k, v, mask, 0., causal, scale="
                    + traits.attentionScale() + ")";
        }
        // No fused kernel caps scores.
        return """
                scores = torch.matmul(q, k.transpose(2, 3)) * %s
                    scores = %s
                    if mask is not None:
                      scores = scores + mask
                    return torch.matmul(torch.softmax(scores, -1, dtype=6).to(q.dtype), v)""".formatted(traits.attentionScale(), capped("scores", traits.attentionCap()));
    }

    private static String capped(String name, double cap) {
        return cap == 0 ? name : "torch.tanh(" + name + " / " + cap + ") * " + cap;
    }

    private static String norm(ModelConfig config, String x, String weight, int width, int scalarType) {
        return config.traits().unitOffsetNorms()
                ? "torch.rms_norm(%s.to(6), [%d], %s.to(6) + 1., %s).to(%d)"
                        .formatted(x, width, weight, config.normEps(), scalarType)
                : "torch.rms_norm(%s, [%d], %s, %s)".formatted(x, width, weight, config.normEps());
    }

    /** Query and key heads side by side, normed where the family does so, and turned. */
    private static String queryAndKey(ModelConfig config, Map<String, String> values, int scalarType) {
        var text = new StringBuilder(
                fill("qk = qkv.narrow(2, 0, @qk_width@).view([n, t, @heads@ + @kv_heads@, @head_dim@])\n    ", values));
        if (config.traits().qkNorm()) {
            String query = norm(
                    config,
                    fill("qk.narrow(2, 0, @heads@)", values),
                    fill("w[i + @q_norm@]", values),
                    config.headDim(),
                    scalarType);
            String key = norm(
                    config,
                    fill("qk.narrow(2, @heads@, @kv_heads@)", values),
                    fill("w[i + @k_norm@]", values),
                    config.headDim(),
                    scalarType);
            text.append("qk = torch.cat([")
                    .append(query)
                    .append(", ")
                    .append(key)
                    .append("], 2)\n    ");
        }
        int width = config.layers().getFirst().rope().width();
        if (width == config.headDim()) {
            text.append("qk = torch.addcmul(qk * cos, torch.roll(qk, [")
                    .append(width / 2)
                    .append("], [3]), sin)");
        } else {
            text.append("turned, rest = qk.narrow(3, 0, ")
                    .append(width)
                    .append("), qk.narrow(3, ")
                    .append(width);
            text.append(", ").append(config.headDim() - width).append(")\n    ");
            text.append("turned = torch.addcmul(turned * cos, torch.roll(turned, [")
                    .append(width / 2);
            text.append("], [3]), sin)\n    qk = torch.cat([turned, rest], 3)");
        }
        return text.toString();
    }

    /** A factor as the element type holds it. */
    private static String rounded(double factor, int scalarType) {
        float single = (float) factor;
        return switch (scalarType) {
            case 15 -> Float.toString(Float.intBitsToFloat(roundToBfloat16(Float.floatToIntBits(single))));
            case 5 -> Float.toString(Float.float16ToFloat(Float.floatToFloat16(single)));
            default -> Float.toString(single);
        };
    }

    private static int roundToBfloat16(int bits) {
        return bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000;
    }

    private static String fill(String text, Map<String, String> values) {
        var out = new StringBuilder();
        String[] parts = text.split("@", -1);
        for (int i = 0; i < parts.length; i++) {
            out.append(i % 2 == 0 ? parts[i] : require(values, parts[i]));
        }
        return out.toString();
    }

    private static String require(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("the program's template names @" + name + "@, which has no value");
        }
        return value;
    }
}
