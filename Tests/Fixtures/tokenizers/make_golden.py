"""Makes the fixture tokenizers and the golden ids and spans that the tests compare with.

    python make_golden.py [--retrain] [--smollm2 FILE.gguf] [--minilm tokenizer.json]

Needs `tokenizers` (0.23), and `gguf` for --smollm2. Without the two options the golden files of the real models
stay as they are. Fixture tokenizers that lie here already are kept, because training breaks some ties by hash
order; --retrain makes them anew. The golden files are the same on every run.
"""

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from more_fixtures import MORE_FIXTURES
from nasty import CORPUS, NASTY, varied_lines

HERE = Path(__file__).parent
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


# Fixture tokenizers


def byte_level(pre_tokenizer, specials, size, normalizer=None, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def gpt2():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"], 700)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def llama3():
    split = pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated", invert=False)
    tokenizer = byte_level(
        pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        ["<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"],
        800,
        ignore_merges=True,
    )
    start = ("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True, add_prefix_space=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A $B", special_tokens=[start]),
    ])
    return tokenizer


def smollm():
    tokenizer = byte_level(
        pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        800,
    )
    tokenizer.add_tokens([AddedToken("foobar", single_word=True, normalized=False), AddedToken("    ", normalized=False)])
    return tokenizer


def qwen2():
    split = pre_tokenizers.Split(Regex(QWEN2), behavior="removed", invert=True)
    return byte_level(
        pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        750,
        normalizer=normalizers.NFC(),
    )


def roberta():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), ["<s>", "<pad>", "</s>", "<unk>"], 700)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    return tokenizer


def word_piece(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=900, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken("Foobar", normalized=True)])
    pieces = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = (
        processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=pieces)
        if lowercase else processors.BertProcessing(pieces[1], pieces[0]))
    return tokenizer


def llama2():
    """The SentencePiece-like layout: no pre-tokenizer, byte fallback."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.pre_tokenizer = None
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    words = Tokenizer(models.BPE())
    words.normalizer = tokenizer.normalizer
    words.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    trainer = trainers.BpeTrainer(vocab_size=800, special_tokens=special, limit_alphabet=100, show_progress=False)
    words.train_from_iterator(CORPUS, trainer)
    trained = json.loads(words.to_str())["model"]
    tokenizer.model = models.BPE(
        vocab=trained["vocab"], merges=[tuple(pair) for pair in trained["merges"]], unk_token="<unk>", fuse_unk=True,
        byte_fallback=True)
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)])
    return tokenizer


def metaspace():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.NFKC(), normalizers.Lowercase(),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<unk>", "</s>"], limit_alphabet=90, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def suffixed():
    """The layout of the first GPT and of CLIP: words end in `</w>`."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits()])
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=["<unk>"], end_of_word_suffix="</w>", limit_alphabet=120, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


FIXTURES = {
    "gpt2-style": gpt2, "llama3-style": llama3, "smollm-style": smollm, "qwen2-style": qwen2,
    "roberta-style": roberta, "wordpiece-uncased": lambda: word_piece(True), "wordpiece-cased": lambda: word_piece(False),
    "llama2-style": llama2, "metaspace": metaspace, "suffixed": suffixed,
    **MORE_FIXTURES,
}


# Golden values


def byte_spans(text, offsets):
    starts = [0]
    for character in text:
        starts.append(starts[-1] + len(character.encode("utf-8")))
    return [[starts[start], starts[end]] for start, end in offsets]


def case(tokenizer, text, spans=True):
    plain = tokenizer.encode(text, add_special_tokens=False)
    result = {"text": text, "ids": plain.ids}
    if spans:
        result["spans"] = byte_spans(text, plain.offsets)
    result["framed"] = tokenizer.encode(text).ids
    tokenizer.encode_special_tokens = True
    literal = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    if literal != plain.ids:
        result["literal"] = literal
    result["decoded"] = tokenizer.decode(plain.ids, skip_special_tokens=False) if plain.ids else ""
    result["skipped"] = tokenizer.decode(plain.ids, skip_special_tokens=True) if plain.ids else ""
    for key in ("decoded", "skipped"):
        if result[key] == text:
            del result[key]
    return result


def dump(path, value):
    if isinstance(value, list):
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
        text = f"[\n{rows}\n]\n"
    else:
        text = json.dumps(value, separators=(",", ":")) + "\n"
    path.write_text(text, encoding="utf-8")


def old_merges(state):
    """The older spelling of merges: one string with a blank, no `type`, no `ignore_merges`."""
    model = state["model"]
    model["merges"] = [" ".join(pair) for pair in model["merges"]]
    for key in ("type", "ignore_merges", "byte_fallback"):
        model.pop(key)
    model["unk_token"] = model["continuing_subword_prefix"] = model["end_of_word_suffix"] = ""
    return state


def train(name, make):
    state = json.loads(make().to_str())
    if name == "gpt2-style":
        state = old_merges(state)
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def make_fixtures(retrain):
    for name, make in FIXTURES.items():
        if retrain or not (HERE / f"{name}.json").exists():
            train(name, make)
        tokenizer = Tokenizer.from_file(str(HERE / f"{name}.json"))
        dump(HERE / f"{name}.golden.json", [case(tokenizer, text) for text in NASTY])


def components():
    """Every normalizer and pre-tokenizer alone."""
    pre = [
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        {"type": "Digits", "individual_digits": True},
        {"type": "Digits", "individual_digits": False},
        {"type": "Whitespace"},
        {"type": "WhitespaceSplit"},
        {"type": "BertPreTokenizer"},
        {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
        {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False},
        {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never", "split": True},
        {"type": "Split", "pattern": {"Regex": QWEN35}, "behavior": "Isolated", "invert": False},
        {"type": "Split", "pattern": {"Regex": r"\w+|[^\w\s]"}, "behavior": "Removed", "invert": True},
        {"type": "Split", "pattern": {"Regex": r"^\s*\S|\S$|\d(?=\d)"}, "behavior": "Isolated", "invert": False},
        {"type": "Split", "pattern": {"Regex": r"(?=[A-Z])|\b_"}, "behavior": "Isolated", "invert": False},
        {"type": "Sequence", "pretokenizers": [
            {"type": "Punctuation", "behavior": "Contiguous"},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            {"type": "Digits", "individual_digits": False},
            {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": False}]},
    ]
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    pre += [{"type": "Punctuation", "behavior": behavior} for behavior in behaviors]
    for behavior in behaviors:
        for invert in (False, True):
            pre.append({"type": "Split", "pattern": {"String": "a"}, "behavior": behavior, "invert": invert})
    normal = [{"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt")]
    normal += [
        {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": True, "strip_accents": True, "lowercase": False},
        {"type": "Strip", "strip_left": True, "strip_right": True},
        {"type": "Strip", "strip_left": True, "strip_right": False},
        {"type": "Prepend", "prepend": "\u2581"},
        {"type": "Replace", "pattern": {"String": "a"}, "content": "<>"},
        {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
    ]
    blank = json.loads(Tokenizer(models.BPE()).to_str())
    rows = []
    for part in pre:
        tokenizer = Tokenizer.from_str(json.dumps({**blank, "pre_tokenizer": part}))
        results = []
        for text in NASTY:
            pieces = tokenizer.pre_tokenizer.pre_tokenize_str(text)
            words = [word for word, _ in pieces]
            results.append({"words": words, "spans": byte_spans(text, [span for _, span in pieces])})
        rows.append({"pre_tokenizer": part, "results": results})
    for part in normal:
        tokenizer = Tokenizer.from_str(json.dumps({**blank, "normalizer": part}))
        rows.append({"normalizer": part, "results": [{"text": tokenizer.normalizer.normalize_str(text)} for text in NASTY]})
    dump(HERE / "components.golden.json", rows)


def real_minilm(path):
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = NASTY + varied_lines(120)
    dump(HERE / "all-minilm-l6-v2.golden.json", [case(tokenizer, text) for text in texts])


def real_smollm2(path):
    """SmolLM2's tokenizer, put together from the vocabulary and merges in the GGUF as its authors published it."""
    import gguf

    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    types = fields["tokenizer.ggml.token_type"].contents()
    tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token, kind in zip(tokens, types) if kind == 3])
    dump(HERE / "smollm2-135m.golden.json", [case(tokenizer, text) for text in NASTY + varied_lines(200)])
    return tokenizer


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--retrain", action="store_true")
    arguments.add_argument("--smollm2")
    arguments.add_argument("--minilm")
    options = arguments.parse_args()
    make_fixtures(options.retrain)
    components()
    if options.minilm:
        real_minilm(options.minilm)
    if options.smollm2:
        real_smollm2(options.smollm2)
