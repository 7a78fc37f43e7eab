"""Fixture tokenizers in the layouts of GPT-4o, Gemma, BLOOM and CodeGen; `make_golden.py` trains them."""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from nasty import CORPUS

LETTER = r"\p{Lm}\p{Lo}\p{M}"
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = "|".join([
    rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}{LETTER}]*[\p{{Ll}}{LETTER}]+{CONTRACTION}",
    rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}{LETTER}]+[\p{{Ll}}{LETTER}]*{CONTRACTION}",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])
BLOOM = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"


def byte_level(pre_tokenizer, specials, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def split_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def o200k():
    tokenizer = byte_level(split_bytes(O200K), ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], 760)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False, add_prefix_space=False)
    return tokenizer


def bloom():
    tokenizer = byte_level(split_bytes(BLOOM), ["<unk>", "<s>", "</s>", "<pad>"], 720)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False, add_prefix_space=True)
    return tokenizer


def codegen():
    """GPT-2's layout with runs of blanks as added tokens, longest first."""
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"], 700)
    runs = [" " * count for count in range(31, 1, -1)] + ["\t" * count for count in range(9, 1, -1)]
    tokenizer.add_tokens([AddedToken(run, normalized=True) for run in runs])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True, add_prefix_space=False)
    return tokenizer


def gemma():
    """No cutting that bites, since the blanks are gone by then; byte fallback; runs of newlines as added tokens."""
    words = Tokenizer(models.BPE())
    words.normalizer = normalizers.Replace(" ", "\u2581")
    words.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    words.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=820, special_tokens=special, limit_alphabet=100, show_progress=False))
    trained = json.loads(words.to_str())["model"]
    tokenizer = Tokenizer(models.BPE(
        vocab=trained["vocab"], merges=[tuple(pair) for pair in trained["merges"]], unk_token="<unk>", fuse_unk=True,
        byte_fallback=True))
    tokenizer.normalizer = words.normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous", invert=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(special[:5])
    runs = ["\n" * count for count in range(2, 6)] + ["\u2581" * count for count in range(2, 6)]
    tokenizer.add_tokens([AddedToken(run, normalized=False) for run in runs])
    tokenizer.add_tokens([AddedToken("<table>", normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", 2)])
    return tokenizer


MORE_FIXTURES = {"o200k-style": o200k, "bloom-style": bloom, "codegen-style": codegen, "gemma-style": gemma}
