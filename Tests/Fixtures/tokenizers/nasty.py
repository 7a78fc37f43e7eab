"""Texts that break tokenizers, and a small varied corpus to train the fixture tokenizers on."""

import random

NASTY = [
    "",
    " ",
    "   ",
    "a",
    "Hello, world!",
    " leading blank",
    "trailing blank ",
    "two  three   four    blanks",
    "\t\ttabs\tand\n\nnewlines\r\nand\rreturns\n",
    "line\n\n\n   indented\n\t\tmore\n",
    "   \n  \n \n",
    "can't I'll we've they're I'd it's I'm CAN'T I'LL it'\u017f",
    "'s 't 're ' '' 'x",
    "0 1 12 123 1234 12345678 3.14159 1,000,000 \u0661\u0662\u0663 \u00b2\u00bd\u2167 7th",
    "def f(x):\n    return x**2 if x != 0 else None  # comment\n",
    "for (int i = 0; i < n; ++i) { a[i] += b[i] << 2; }\r\n",
    "<html><body class=\"x\">&amp;</body></html>",
    "https://example.org/a?b=c&d=%20e#f user@host.tld",
    "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 family \U0001F44D\U0001F3FD \U0001F1EB\U0001F1F7\u2764\ufe0f",
    "caf\u00e9 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m A\u030angstro\u0308m",
    "q\u0307\u0323 q\u0323\u0307 \u1e0b\u0323 Z\u0351\u036b\u0343\u036a\u0302 \u0301 start",
    "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002\u6771\u4eac\u3078\u884c\u304d\u307e\u3059\u3002\uc548\ub155\ud558\uc138\uc694",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8 \u304b\u3099 \u30ab\uff9e \uff76\uff9e",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0628\u0650\u0633\u0652\u0645\u0650 \u200f\u202eevil\u202c",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac \u1f08\u03c7\u03b9\u03bb\u03bb\u03b5\u03cd\u03c2 \u0391\u03a3",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u1019\u103c\u1014\u103a\u1019\u102c",
    "\ufb01le \uff21\uff22\uff23 \u2460 \u33a5 x\u00b2 \u00a0nbsp\u2003em\u3000wide\u0085nel\u2028ls\u200bzw\ufeffbom",
    "\ufffd bad \ufffd\ufffd bytes",
    "\x00nul\x01\x1f\x7fcontrols\x0b\x0c end",
    "\u0130stanbul STRASSE stra\u00dfe \u01c4 \u1e9e \u212a",
    "\U0001D504\U0001D51F \U00020000\U0002A6DF \U0001F9FF\U000E0041 \u0378",
    "!!! ??? ... --- ___ $$$ +++ <<>> || ~~ `` ^^ \u00bf\u00a1 \u2014\u2026\u201cq\u201d \u20ac5 \u00a3",
    "snake_case camelCase PascalCase SCREAMING_CASE kebab-case dot.case a1b2c3",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "=" * 80 + "\n" + " " * 70 + "x",
    "ababababab thethethethethe ininininin " * 3,
    "the<|endoftext|>end <s>x</s> [CLS] [SEP] [MASK] a <mask> b <|im_start|>user\nhi<|im_end|>",
    "  <mask>  x\n<mask>\n",
    "[ CLS ] [cls] ##ing un##do \u2581x \u2581\u2581",
    "Foobar foobar xfoobarx foobar! F\u00f6obar",
]

CORPUS = """The quick brown fox jumps over the lazy dog, and the dog does not mind at all.
In the beginning there was a small tokenizer; it counted pairs of letters and joined the most common ones.
She said that it's not what they'd wanted, but we're going anyway, and I'll tell you why it doesn't matter.
The capital of France is Paris. The capital of Japan is Tokyo. The capital of Kenya is Nairobi.
There are 24 hours in a day, 365 days in a year, and 1000 years in a millennium: 1999, 2000, 2024.
def add(a, b):
    return a + b
for i in range(10):
    if i % 2 == 0:
        print("even", i)
class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
import numpy as np
x = np.zeros((3, 4), dtype=np.float32)  # a small matrix
int main(void) { for (int i = 0; i < 10; i++) { printf("%d\\n", i); } return 0; }
Le caf\u00e9 est tr\u00e8s bon, mais la for\u00eat est loin. O\u00f9 \u00eates-vous? \u00c7a va, na\u00efve enfant.
\u00dcber die Br\u00fccke gehen f\u00fcnf gro\u00dfe B\u00e4ren; sie m\u00f6gen s\u00fc\u00dfe \u00c4pfel.
El ni\u00f1o comi\u00f3 una manzana \u00bfverdad? \u00a1S\u00ed! Ma\u00f1ana ser\u00e1 otro d\u00eda.
\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440. \u041c\u043e\u0441\u043a\u0432\u0430 \u0441\u0442\u043e\u043b\u0438\u0446\u0430 \u0420\u043e\u0441\u0441\u0438\u0438.
\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002\u5317\u4eac\u662f\u4e2d\u56fd\u7684\u9996\u90fd\u3002\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002
\uc548\ub155\ud558\uc138\uc694 \uc11c\uc6b8\uc740 \ud55c\uad6d\uc758 \uc218\ub3c4\uc785\ub2c8\ub2e4.
\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd
\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e
Emoji \U0001F600 \U0001F44D\U0001F3FD \U0001F468\u200d\U0001F469\u200d\U0001F467 and symbols \u2192 \u2264 \u221e \u20ac \u00a9.
{"name": "value", "list": [1, 2, 3], "nested": {"key": null, "flag": true}}
SELECT name, count(*) FROM users WHERE age >= 18 GROUP BY name ORDER BY count(*) DESC LIMIT 10;
git commit -m "Fix the thing that broke" && git push origin main || echo "failed"
running runner runs ran; walking walker walks walked; thinking thinker thinks thought
internationalization, tokenization, normalization, generalization, and other nominalizations
""".splitlines()


def varied_lines(count, seed=7):
    """`count` lines put together from the corpus, the nasty texts and numbers; the same on every machine."""
    generator = random.Random(seed)
    words = " ".join(CORPUS).split(" ") + [text for text in NASTY if text and len(text) < 60]
    lines = list(CORPUS)
    while len(lines) < count:
        parts = []
        for _ in range(generator.randint(3, 14)):
            kind = generator.random()
            if kind < 0.1:
                parts.append(str(generator.randint(0, 10 ** generator.randint(1, 9))))
            elif kind < 0.15:
                parts.append(chr(generator.choice([0x2500, 0x1F300, 0x0900, 0x3040, 0x0E00, 0x10A0]) + generator.randint(1, 60)))
            else:
                parts.append(generator.choice(words))
        lines.append(generator.choice([" ", " ", " ", "  ", "\n", "\t", ""]).join(parts))
    return lines[:count]
