"""Fixture tokenizers in the layouts of T5, XLM-RoBERTa (Unigram, character map) and of word-level models.

    python unigram_fixtures.py

Needs `tokenizers` and `sentencepiece`. Fixtures that lie here already are kept.
"""

import base64
import json
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from make_charsmap import train
from nasty import CORPUS

HERE = Path(__file__).parent


def charsmap():
    """A part of NFKC, blanks and controls as SentencePiece's own rules have them."""
    ranges = [(0xA0, 0x100), (0x2000, 0x200B), (0x2100, 0x2140), (0x2460, 0x2480), (0x3000, 0x3001), (0x3300, 0x3340),
              (0xF900, 0xF940), (0xFB00, 0xFB07), (0xFF01, 0xFFA0)]
    rules = {chr(code): unicodedata.normalize("NFKC", chr(code)) for low, high in ranges for code in range(low, high)}
    rules.update({letter + mark: unicodedata.normalize("NFKC", letter + mark) for letter in "AEIOUNCaeiounc" for mark in "\u0300\u0301\u0303\u0308"})
    rules = {source: target for source, target in rules.items() if source != target}
    rules.update({"\t": " ", "\n": " ", "\r": " ", "\u200b": " ", "\ufeff": " ", "\x01": "", "\x7f": "", "\xad": ""})
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        for source, target in rules.items():
            file.write("\t".join(" ".join(f"{ord(c):X}" for c in part) for part in (source, target)) + "\n")
        file.flush()
        return base64.b64encode(train(normalization_rule_tsv=file.name)).decode()


def unigram(pre_tokenizer, specials, post):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(base64.b64decode(charsmap())), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=400, special_tokens=specials, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=post, special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>") if token in post])
    return tokenizer


def t5():
    return unigram(pre_tokenizers.Metaspace(), ["<pad>", "</s>", "<unk>", "<extra_id_0>"], "$A </s>")


def xlmr():
    metaspace = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    return unigram(metaspace, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], "<s> $A </s>")


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(
        vocab_size=300, special_tokens=["[UNK]", "[PAD]"], show_progress=False))
    return tokenizer


if __name__ == "__main__":
    for name, make in {"t5-style": t5, "xlmr-style": xlmr, "word-level": word_level}.items():
        path = HERE / f"{name}.json"
        if not path.exists():
            state = json.loads(make().to_str())
            path.write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
