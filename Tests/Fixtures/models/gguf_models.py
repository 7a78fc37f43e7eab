"""The GGUF half of make_models.py: tiny llamas as llama.cpp's converter writes them, and quantised blocks."""

import json

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as T
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

BLOCK = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
         "gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down",
         "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
OUTER = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
         "lm_head.weight": "output.weight"}
# Every supported type stands in the mixed file, the quantised ones in at least two shapes.
MIXED = {"token_embd": T.Q8_0, "output": T.BF16, "attn_q": T.Q4_0, "attn_k": T.Q4_1, "attn_v": T.Q5_0,
         "attn_output": T.Q5_1, "ffn_gate": T.Q8_0, "ffn_up": T.Q4_1, "ffn_down": T.Q4_0}
MIXED_LAYER_2 = {"attn_q": T.BF16, "attn_k": T.F16, "attn_v": T.Q8_0, "attn_output": T.F32,
                 "ffn_gate": T.Q5_1, "ffn_up": T.Q5_0, "ffn_down": T.Q4_1}


def write_gguf_models(root, tied, randomize, references, save_reference, brief):
    """`llama-gguf-*/model.gguf` with the activations of the dequantised weights, and the blocks."""
    config = LlamaConfig(**tied.config.to_dict() | {"tie_word_embeddings": False})
    untied = randomize(LlamaForCausalLM(config), seed=8)
    variants = {"f32": (tied, lambda layer, part: T.F32),
                "f16": (tied, lambda layer, part: T.F16),
                "mixed": (untied, lambda layer, part: (MIXED | MIXED_LAYER_2 if layer == 2 else MIXED)[part])}
    for name, (model, type_of) in variants.items():
        folder = root / f"llama-gguf-{name}"
        folder.mkdir(exist_ok=True)
        write_gguf(folder / "model.gguf", model, type_of)
        loaded = read_gguf(folder / "model.gguf", model.config)
        if name == "f32":
            for key, value in loaded.state_dict().items():
                assert torch.equal(value, model.state_dict()[key]), key
        save_reference(folder / "reference.safetensors", references(loaded, brief))
    (root / "llama-gguf-f32" / "tokenizer_golden.json").write_text(golden_tokens())
    (root / "quant_blocks.json").write_text(quant_blocks())


def write_gguf(path, model, type_of):
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny random llama")
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    add_tokenizer(writer)
    for name, layer, part, values in gguf_tensors(model):
        kind = T.F32 if values.ndim == 1 else type_of(layer, part)
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_tensors(model):
    """(GGUF name, layer or None, part, float32 values), q and k rows in the interleaved order."""
    config = model.config
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for name, value in model.state_dict().items():
        values = value.numpy()
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        if name in OUTER:
            yield OUTER[name], None, OUTER[name].split(".")[0], values
            continue
        _, _, layer, *_, part, kind = name.split(".")
        if part in heads:
            values = interleave(values, heads[part])
        yield f"blk.{layer}.{BLOCK[part]}.{kind}", int(layer), BLOCK[part], values


def interleave(rows, heads):
    """Row i and row i + dHead/2 of a head become neighbours: GGML turns neighbouring pairs."""
    return rows.reshape(heads, 2, -1, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def deinterleave(rows, heads):
    return rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def read_gguf(path, config):
    """The file as a transformers model: dequantised by the gguf package, q and k rows put back."""
    tensors = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    model = LlamaForCausalLM._from_config(config, attn_implementation="eager")
    state = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and "output.weight" not in tensors:
            values = tensors["token_embd.weight"]
        elif name in OUTER:
            values = tensors[OUTER[name]]
        else:
            _, _, layer, *_, part, kind = name.split(".")
            values = tensors[f"blk.{layer}.{BLOCK[part]}.{kind}"]
            values = deinterleave(values, heads[part]) if part in heads else values
        state[name] = torch.tensor(numpy.array(values, dtype=numpy.float32)).reshape(value.shape)
    model.load_state_dict(state)
    return model.eval()


def vocabulary():
    """96 tokens of a byte-level BPE (specials, single characters, merged ones), and the merges by rank."""
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    letters = list("abcdefghijklmnopqrstuvwxyzTCFPI0123456789.,!?()_'\"") + ["Ġ", "Ċ", "ĉ", "Ã", "©"]
    merges = ["t h", "th e", "Ġ the", "a n", "i n", "Ġ a", "Ġ i", "Ġi s", "r e", "Ġ c", "o f", "Ġ of", "c e",
              "an ce", "F r", "Fr ance", "Ġ France", "T h", "Th e", "a p", "ap i", "t a", "ta l", "api tal",
              "Ġc apital", "Ã ©", "Ġ Ġ", "ĠĠ Ġ", "e r", "i s"]
    tokens = specials + letters + ["".join(merge.split()) for merge in merges]
    tokens += [f"<unused{i}>" for i in range(96 - len(tokens))]
    assert len(tokens) == len(set(tokens)) == 96
    return tokens, merges, specials


def add_tokenizer(writer):
    tokens, merges, specials = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    kinds = gguf.TokenType
    writer.add_token_types([kinds.CONTROL if token in specials else
                            kinds.UNUSED if token.startswith("<unused") else kinds.NORMAL
                            for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)


def byte_level_bpe(tokens, merges, specials):
    """The tokenizers library on GGUF's own tables, with the `smollm` pre-tokenizer: single digits, then GPT-2."""
    bpe = models.BPE({t: i for i, t in enumerate(tokens)}, [tuple(merge.split()) for merge in merges])
    tokenizer = Tokenizer(bpe)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def golden_tokens():
    """Ids of a few texts by the tokenizers library, and their way back to the text."""
    tokenizer = byte_level_bpe(*vocabulary())
    texts = ["The capital of France is Paris.", "the theory", "in 1234, 56", "café", "a   b\n\tc", "",
             "<|im_start|>the<|im_end|>", "it's is'nt"]
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]
    for case in cases:
        assert tokenizer.decode(case["ids"], skip_special_tokens=False) == case["text"], case
    return json.dumps({"about": "ids by the tokenizers library, no special token added", "cases": cases},
                      indent=1, ensure_ascii=False) + "\n"


def quant_blocks():
    """Raw blocks of every type with the float32 values gguf.dequantize gives, both as little-endian hex."""
    random = numpy.random.default_rng(9)
    # Half-precision scales: ordinary, negative, zero, smallest subnormal, largest subnormal, largest.
    scales = numpy.array([0.0123, -0.5, 0.0, 2.0**-24, 1023 * 2.0**-24, 65504.0, -65504.0], numpy.float16)
    minima = numpy.array([-0.25, 3.0, 2.0**-24, -65504.0, 0.0, 1.0, -(2.0**-20)], dtype=numpy.float16)
    layout = {T.Q8_0: (0, 32), T.Q4_0: (0, 16), T.Q4_1: (1, 16), T.Q5_0: (0, 20), T.Q5_1: (1, 20)}
    result = {}
    for kind, (has_minimum, payload) in layout.items():
        rows = []
        for scale, minimum in zip(scales, minima):
            head = numpy.array([scale, minimum][: 1 + has_minimum], dtype=numpy.float16).view(numpy.uint8)
            rows.append(numpy.concatenate([head, random.integers(0, 256, payload, dtype=numpy.uint8)]))
        rows.append(numpy.concatenate([head, numpy.full(payload, 255, dtype=numpy.uint8)]))
        rows.append(numpy.concatenate([head, numpy.full(payload, 128, dtype=numpy.uint8)]))
        result[kind] = numpy.stack(rows)
    result |= superblocks(random)
    # Zeros, subnormals, the smallest normal, ordinary numbers, the largest, infinities.
    result[T.F16] = numpy.array([[0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C00, 0x3555, 0xC248,
                                  0x7BFF, 0xFBFF, 0x7C00, 0xFC00]], dtype="<u2").view(numpy.uint8)
    result[T.BF16] = numpy.array([[0x0000, 0x8000, 0x0001, 0x807F, 0x0080, 0x3F80, 0x3EAB, 0xC049,
                                   0x7F7F, 0xFF7F, 0x7F80, 0xFF80]], dtype="<u2").view(numpy.uint8)
    entries = []
    for kind, raw in result.items():
        typed = raw.view(numpy.float16) if kind == T.F16 else raw
        with numpy.errstate(invalid="ignore"):
            values = gguf.dequantize(typed, kind).astype("<f4")
        values_per_block, bytes_per_block = gguf.GGML_QUANT_SIZES[kind]
        entries += [{"type": kind.name, "ggmlType": int(kind), "valuesPerBlock": values_per_block,
                     "bytesPerBlock": bytes_per_block, "raw": row.tobytes().hex(),
                     "float32": out.tobytes().hex()}
                    for row, out in zip(raw, values)]
    return json.dumps({"about": "raw bytes, and the little-endian float32 they stand for, in hex",
                       "blocks": entries}, indent=1) + "\n"


def superblocks(random):
    """K-quants: random bytes around half scales of every kind, and blocks of all ones and of the top bits alone."""
    scales = [(0.0123, -0.25), (-65504.0, 65504.0), (2.0**-24, -(2.0**-24)), (0.0, 1023 * 2.0**-24)]
    # Bytes before the halves, number of halves (scale, minimum), bytes after them.
    layout = {T.Q2_K: (80, 2, 0), T.Q3_K: (108, 1, 0), T.Q4_K: (0, 2, 140), T.Q5_K: (0, 2, 172), T.Q6_K: (208, 1, 0)}
    result = {}
    for kind, (before, halves, after) in layout.items():
        rows = []
        for index, pair in enumerate(scales + scales[:1] * 2):
            raw = random.integers(0, 256, before + 2 * halves + after, dtype=numpy.uint8)
            if index >= len(scales):
                raw[:] = (255, 128)[index - len(scales)]
            raw[before:before + 2 * halves] = numpy.array(pair[:halves], numpy.float16).view(numpy.uint8)
            rows.append(raw)
        result[kind] = numpy.stack(rows)
    return result
