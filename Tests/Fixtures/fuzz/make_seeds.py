"""Writes the small valid files that the fuzzing harness changes. Standard library only; the same bytes each time.

usage: python3 make_seeds.py
Config and index seeds are the tiny models' own files; those of pickle stand in ../pickles. Inputs that once failed are added by hand, as
NAME.WHAT.EXTENSION, and are never rewritten here.
"""

import json
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOKENIZERS = ROOT.parent / "tokenizers"


def main():
    for name, content in safetensors_seeds().items():
        write("safetensors", f"{name}.safetensors", content)
    for name, content in gguf_seeds().items():
        write("gguf", f"{name}.gguf", content)
    for path in sorted(TOKENIZERS.glob("*.json")):
        if not path.name.endswith(".golden.json"):
            write("tokenizer", path.name, compact(shrink(json.loads(path.read_text()))))
    for name, document in tokenizer_seeds().items():
        write("tokenizer", f"{name}.json", compact(document))
    for name, text in corpus_seeds().items():
        write("corpus", name, text.encode())
    for folder in ("index", "config", "pickle"):
        write(folder, ".keep", b"")


def write(folder, name, content):
    path = ROOT / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


# safetensors ---------------------------------------------------------------------------------------------------


def safetensors(tensors, metadata=None, pad=0):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + size]}
        data += bytes(index % 251 for index in range(size))
    text = compact(header) + b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def safetensors_seeds():
    layer = {f"model.layers.{index}.{part}.weight": ("F32", [4, 4], 64)
             for index in range(2) for part in ("q_proj", "k_proj", "norm")}
    return {
        "one": safetensors({"weight": ("F32", [2, 3], 24)}),
        "types": safetensors({"a": ("F32", [4], 16), "b": ("F16", [2, 2], 8), "c": ("BF16", [1, 2, 3], 12),
                              "scalar": ("F32", [], 4), "none": ("F16", [0, 5], 0)}, {"format": "pt"}, pad=5),
        "layers": safetensors(layer, {"format": "pt", "made by": "naïve \"quotes\" \\ \u0001"}),
        "integers": safetensors({"ids": ("I64", [3], 24), "mask": ("BOOL", [5], 5), "bytes": ("U8", [7], 7)}),
        "empty": safetensors({}),
    }


# GGUF ----------------------------------------------------------------------------------------------------------


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def u32(value):
    return struct.pack("<II", 4, value)


def f32(value):
    return struct.pack("<If", 6, value)


def boolean(value):
    return struct.pack("<IB", 7, value)


def string(value):
    return struct.pack("<I", 8) + text(value)


def array(kind, items):
    return struct.pack("<IIQ", 9, kind, len(items)) + b"".join(items)


def gguf(metadata, tensors):
    """`tensors`: name, dimensions with the fastest first, type, bytes."""
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, value in metadata.items():
        out += text(key) + value
    data = b""
    for name, dimensions, kind, content in tensors:
        out += text(name) + struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
        out += struct.pack("<IQ", kind, len(data))
        data += content + bytes(-len(content) % 32)
    return out + bytes(-len(out) % 32) + data


def gguf_seeds():
    # ggml type → (number, bytes in a block, values in a block)
    types = {"f32": (0, 4, 1), "f16": (1, 2, 1), "q4_0": (2, 18, 32), "q4_1": (3, 20, 32), "q5_0": (6, 22, 32),
             "q5_1": (7, 24, 32), "q8_0": (8, 34, 32), "bf16": (30, 2, 1), "q2_k": (10, 84, 256),
             "q3_k": (11, 110, 256), "q4_k": (12, 144, 256), "q5_k": (13, 176, 256), "q6_k": (14, 210, 256)}

    def tensor(name, dimensions, kind="f32"):
        number, size, values = types[kind]
        count = 1
        for dimension in dimensions:
            count *= dimension
        return name, dimensions, number, bytes(index % 7 for index in range(count // values * size))

    def llama(width, mlp, kinds, tokenizer, vocabulary):
        # Two heads share one key and value head.
        half = width // 2
        metadata = {
            "general.architecture": string("llama"), "general.name": string("seed"),
            "llama.context_length": u32(16), "llama.embedding_length": u32(width), "llama.block_count": u32(1),
            "llama.feed_forward_length": u32(mlp), "llama.rope.dimension_count": u32(half),
            "llama.attention.head_count": u32(2), "llama.attention.head_count_kv": u32(1),
            "llama.rope.freq_base": f32(10000), "llama.attention.layer_norm_rms_epsilon": f32(1e-5),
        } | tokenizer
        kind = iter(kinds * 9)
        tensors = [tensor("token_embd.weight", [width, vocabulary], next(kind)),
                   tensor("output_norm.weight", [width]), tensor("blk.0.attn_norm.weight", [width]),
                   tensor("blk.0.attn_q.weight", [width, width], next(kind)),
                   tensor("blk.0.attn_k.weight", [width, half], next(kind)),
                   tensor("blk.0.attn_v.weight", [width, half], next(kind)),
                   tensor("blk.0.attn_output.weight", [width, width], next(kind)),
                   tensor("blk.0.ffn_norm.weight", [width]),
                   tensor("blk.0.ffn_gate.weight", [width, mlp], next(kind)),
                   tensor("blk.0.ffn_up.weight", [width, mlp], next(kind)),
                   tensor("blk.0.ffn_down.weight", [mlp, width], next(kind))]
        return gguf(metadata, tensors)

    letters = [chr(code) for code in range(33, 127)] + ["Ġ", "Ċ"]
    merged = ["Ġt", "he", "Ġthe", "in", "er"]
    merges = ["Ġ t", "h e", "Ġt he", "i n", "e r"]
    tokens = ["<s>", "</s>"] + letters + merged
    bpe = {
        "tokenizer.ggml.model": string("gpt2"), "tokenizer.ggml.pre": string("smollm"),
        "tokenizer.ggml.tokens": array(8, [text(token) for token in tokens]),
        "tokenizer.ggml.token_type": array(5, [struct.pack("<i", 3 if index < 2 else 1)
                                              for index in range(len(tokens))]),
        "tokenizer.ggml.merges": array(8, [text(merge) for merge in merges]),
        "tokenizer.ggml.bos_token_id": u32(0), "tokenizer.ggml.eos_token_id": u32(1),
        "tokenizer.ggml.add_bos_token": boolean(False),
    }
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + ["▁", "a", "b", "▁a", "ab", "▁ab"]
    spm = {
        "tokenizer.ggml.model": string("llama"),
        "tokenizer.ggml.tokens": array(8, [text(piece) for piece in pieces]),
        "tokenizer.ggml.scores": array(6, [struct.pack("<f", -float(index)) for index in range(len(pieces))]),
        "tokenizer.ggml.token_type": array(5, [struct.pack("<i", 2 if index == 0 else 3 if index < 3 else
                                                          6 if index < 259 else 1) for index in range(len(pieces))]),
        "tokenizer.ggml.unknown_token_id": u32(0), "tokenizer.ggml.bos_token_id": u32(1),
    }
    odd = {"general.architecture": string("llama"), "a": struct.pack("<IB", 0, 1), "b": struct.pack("<Ib", 1, -1),
           "c": struct.pack("<IH", 2, 1), "d": struct.pack("<Ih", 3, -1), "e": struct.pack("<Ii", 5, -1),
           "f": struct.pack("<IQ", 10, 1 << 40), "g": struct.pack("<Iq", 11, -1), "h": struct.pack("<Id", 12, 0.5),
           "i": array(9, [struct.pack("<IQI", 4, 1, 7), struct.pack("<IQ", 8, 1) + text("x")]),
           "j": array(12, [struct.pack("<d", 1.5)] * 3), "k": array(7, [b"\1", b"\0"]),
           "general.alignment": u32(32)}
    return {
        "plain": llama(8, 16, ["f32"], {}, 16),
        "bpe": llama(8, 8, ["f16"], bpe, len(tokens)),
        "spm": llama(8, 8, ["bf16"], spm, len(pieces)),
        "blocks": llama(64, 32, ["q4_0", "q4_1", "q5_0", "q5_1", "q8_0"], {}, 4),
        "superblocks": gguf(odd, [tensor(kind, [256, 1], kind) for kind in types]),
        "odd": gguf(odd, [tensor("x", [2, 3, 1, 2]), tensor("y", [])]),
    }


# tokenizer.json ------------------------------------------------------------------------------------------------


def shrink(document, merged=40):
    """The same tokenizer with its first merges or pieces only, ids dense and in the old order."""
    model = document["model"]
    vocabulary = model["vocab"]
    keep = {token for token in vocabulary if len(token) == 1 or token.startswith("<0x")}
    keep |= {token["content"] for token in document["added_tokens"]}
    if "merges" in model:
        merges = model["merges"][:merged]
        for merge in merges:
            parts = merge.split(" ") if isinstance(merge, str) else merge
            keep |= {"".join(parts), *parts}
        model["merges"] = merges
    else:
        keep |= set(list(vocabulary)[:merged * 3])
    order = sorted((id, token) for token, id in vocabulary.items() if token in keep)
    inside = {token: number for number, (_, token) in enumerate(order)}
    model["vocab"] = inside
    ids = dict(inside)
    for token in sorted(document["added_tokens"], key=lambda token: token["id"]):
        token["id"] = ids.setdefault(token["content"], len(ids))
    renumber(document.get("post_processor"), ids)
    return document


def renumber(node, ids):
    """The ids that a post-processor repeats."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            if index == 1 and isinstance(item, int) and isinstance(node[0], str) and node[0] in ids:
                node[1] = ids[node[0]]
            renumber(item, ids)
    if isinstance(node, dict):
        if "tokens" in node and "ids" in node:
            node["ids"] = [ids.get(token, 0) for token in node["tokens"]]
        for item in node.values():
            renumber(item, ids)


def tokenizer_seeds():
    def document(model, **parts):
        return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                "pre_tokenizer": None, "post_processor": None, "decoder": None} | parts | {"model": model}

    added = [{"id": 0, "content": "<unk>", "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True}]
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    unigram = {"type": "Unigram", "unk_id": 0, "byte_fallback": False,
               "vocab": [["<unk>", 0.0]] + [[piece, -1.0 - index / 8] for index, piece in enumerate(
                   ["▁", "a", "b", "e", "t", "h", "▁the", "the", "ab", "▁a", "1", ".", "é"])]}
    words = {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "the": 1, "capital": 2, "of": 3}}
    small = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
             "continuing_subword_prefix": None, "end_of_word_suffix": None, "ignore_merges": False,
             "vocab": {token: index for index, token in enumerate(
                 ["<unk>"] + bytes_ + ["▁", "a", "b", "ab", "▁a", "▁ab"])},
             "merges": [["a", "b"], ["▁", "a"], ["▁", "ab"]]}
    letters = {"type": "BPE", "unk_token": None, "vocab": {"a": 0, "b": 1, "ab": 2, " ": 3, "1": 4, "aa": 5},
               "merges": ["a b", "a a"]}
    split = [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}
             for pattern, behavior, invert in [
                 ("\\p{N}{1,3}", "Isolated", False), ("\\s+(?!\\S)|\\s+", "MergedWithNext", False),
                 ("[^\\r\\n\\p{L}\\p{N}]?\\p{L}+", "Removed", True)]]
    normal = {"type": "Sequence", "normalizers": [
        {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "Strip", "strip_left": True,
         "strip_right": True}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        {"type": "Prepend", "prepend": "▁"}]}
    out = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    return {
        "unigram": document(unigram, added_tokens=added, pre_tokenizer=space, decoder=space),
        "word-level": document(words, added_tokens=added, pre_tokenizer={"type": "Whitespace"}),
        "byte-fallback": document(small, added_tokens=added, normalizer=normal, decoder=out),
        "splits": document(letters, pre_tokenizer={"type": "Sequence", "pretokenizers": split + [
            {"type": "Punctuation", "behavior": "Isolated"}, {"type": "Digits", "individual_digits": True}]}),
        "bare": document(letters),
    }


# Corpora -------------------------------------------------------------------------------------------------------


def corpus_seeds():
    return {
        "spans.jsonl":
            '{"id":"a","text":"The cat sat.","spans":[{"start":4,"end":7,"label":"noun"},'
            '{"start":8,"end":11,"label":"verb","value":2.5}],"group":"g","split":"train"}\n'
            '{"id":"b","text":"naïve \\ud83d\\ude00","label":true,"pair":"p","role":"left","meta":{"any":[1,{}]}}\n',
        "labels.jsonl":
            '{"text":"one","labels":{"x":1,"y":"two","z":false}}\n\n'
            '{"token_ids":[0,1,2147483647],"labels":{"x":-1e3},"extra":null}\n{"id":7,"text":""}\n',
        "plain.csv":
            'id,text,label,group,extra\n1,"Paris, France",true,g1,\n2,"she said ""hi""\nand left",false,g2,x\n'
            '3,naïve,0.5,,\n',
        "labels.csv": "\ufefftext,labels.x,labels.y,token_ids\r\nhello,1e3,a,\r\n,,b,1 2 3\r\n",
        "plain.tsv": "text\tlabel\tsplit\tpair\trole\nThe cat\tnoun\ttrain\tp\tleft\n\"a\tb\"\tverb\ttest\tp\tright\n",
    }


if __name__ == "__main__":
    main()
