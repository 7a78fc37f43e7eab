"""Natural material for the 2,000 strings of `many_strings.py`: sentences, words and code, written for this purpose."""

SENTENCES = """The train to the coast leaves at half past six, and nobody on the platform seems to be in a hurry.
It's the third time they've asked; I'd say we're done, but she'll want to know why it wasn't answered.
In 1987 the river rose 4.5 metres in 36 hours and took 1,204 houses with it.
Elle n'a pas répondu tout de suite, parce qu'elle réfléchissait à l'hiver et à son frère aîné.
Où est passée la clé du garage ? « Sur la table », dit-il, « comme d'habitude… »
Die Straße führt über den Fluß, an großen Häusern vorbei, bis zum Friedhof der Ärzte.
Fünf Äpfel kosten 3,50 €; für zwölf zahlt man weniger als 8 €.
El niño pequeño soñó con un pingüino que bebía café en la cigüeña. ¿Verdad que sí?
O coração não vê, mas amanhã à noite haverá pão, maçã e um avô feliz.
La città è più bella quando piove, perché così non c'è nessuno.
Ångström ägde en båt på ön, och hon sålde den för fem öre.
Blåbærsyltetøy på brødskiver er ikke så dumt når det er kaldt.
Hyvää yötä, sanoi mökin omistaja, ja sulki oven hiljaa perässään.
Þetta er ekki það sem ég átti við, sagði hún og brosti.
Zażółć gęślą jaźń, a potem wróć do domu i zgaś światło.
Příliš žluťoučký kůň úpěl ďábelské ódy, řekl učitel třídě.
Öt szép szűzlány őrült írót nyúz, mondta a tűzoltó.
Acum o săptămână am văzut o țară întreagă dansând în ploaie.
Işık ılık süt içti; İstanbul'un çiçekleri ağır ağır açıldı.
Đây là một buổi sáng đẹp trời, và tôi muốn uống cà phê sữa đá.
Μια φορά κι έναν καιρό ήταν ένας ψαράς με χρυσό δίχτυ. Ο ΟΔΥΣΣΕΥΣ γέλασε.
Мой дядя самых честных правил не занемог, а уехал на юг за виноградом.
Щоранку бабуся годує голубів біля під'їзду й розповідає їм новини.
Ъгълът на улицата е тъмен, но пекарят вече е буден.
Љубав, нјежност и џез у подруму: три ствари за једно вече.
Բարեւ, ի՞նչ կա նոր քաղաքում այսօր։
დღეს კარგი ამინდია და ბავშვები ეზოში თამაშობენ.
הספר הישן מונח על השולחן, ואיש אינו קורא בו עוד.
שָׁלוֹם עֲלֵיכֶם, אָמַר הָאִישׁ בְּקוֹל שָׁקֵט.
ذهب الولد إلى المدرسة صباحًا وعاد مع أصدقائه مساءً.
بِسْمِ اللَّهِ كَتَبَ الطَّالِبُ الدَّرْسَ الأَوَّلَ.
کتاب‌های قدیمی را می‌خوانم و چای می‌نوشم؛ هوا سرد است.
آج موسم بہت اچھا ہے، چلو باغ میں چلتے ہیں۔
आज मौसम बहुत अच्छा है, इसलिए हम बाज़ार तक पैदल जाएँगे।
আজ আকাশে মেঘ নেই, তাই আমরা নদীর ধারে যাব।
ਅੱਜ ਮੈਂ ਖੇਤ ਵਿੱਚ ਕੰਮ ਕਰਾਂਗਾ।
આજે બજારમાં બહુ ભીડ છે.
இன்று மழை பெய்யும் என்று அம்மா சொன்னார்.
ఈ రోజు మా ఊరిలో సంత జరుగుతుంది.
ಇಂದು ನಾನು ಪುಸ್ತಕ ಓದುತ್ತೇನೆ.
ഇന്ന് മഴ പെയ്യുമെന്ന് തോന്നുന്നു.
අද දවස හරිම ලස්සනයි.
วันนี้อากาศดีมาก เราจึงเดินไปตลาดด้วยกัน
ມື້ນີ້ຝົນຕົກໜັກ
ယနေ့ရာသီဥတုကောင်းသည်။
ថ្ងៃនេះអាកាសធាតុល្អណាស់។
བཀྲ་ཤིས་བདེ་ལེགས། ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ་ཡིན་པས།
今天下午三点我们在图书馆门口见面，不要迟到！
臺灣的夏天很熱，可是山上涼快得多。
昨日は雨が降っていたので、家で本を読みました。ラーメンも食べた。
ﾊﾝｶｸｶﾅは電報のように見える。ｶﾞｷﾞｸﾞ、ﾊﾟﾋﾟﾌﾟ。
오늘은 날씨가 좋아서 친구와 함께 공원을 걸었습니다.
የአዲስ አበባ ገበያ ዛሬ በጣም ተጨናንቋል።
ᎣᏏᏲ, ᎤᎵᎮᎵᏍᏗ ᎢᎦ.
ᐊᐃᓐᖓᐃ, ᖃᓄᐃᑉᐱᑦ?
ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠡᠭᠡᠷᠡ ᠳᠣᠭᠤᠰᠢ
Habari ya asubuhi, rafiki; leo tutapika ugali na samaki.
Ẹ káàárọ̀, ṣé dáadáa ni? Ọjọ́ ti dé.
Selamat pagi, apakah kopinya masih panas?
Ko te wai te oranga o ngā mea katoa.
Gwelais i'r ŵyl yn Llanfair, ac roedd hi'n braf.
Tá an aimsir go breá inniu, buíochas le Dia.
𐌰𐍄𐍄𐌰 𐌿𐌽𐍃𐌰𐍂 𐌸𐌿 𐌹𐌽 𐌷𐌹𐌼𐌹𐌽𐌰𐌼
𓀀𓂀𓃠 are hieroglyphs; 𒀀𒀭 are cuneiform.
ＦＵＬＬ ｗｉｄｔｈ ｔｅｘｔ，１２３４５！
The ﬁrst ﬂower of the oﬃce: ﬄ ﬅ ﬆ Ǆ ǅ ǆ Ĳ ĳ ŉ.
∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β = ¬(¬α ∨ β), ∑ᵢ xᵢ² ≤ ∞
H₂O + CO₂ → H₂CO₃, 5 µm ≈ 5 μm, 20 °C, 3½ cups, ¾, ⅷ, ㎏, ㏒, ℡, №5""".splitlines()

CODE = r'''def mean(values: list[float]) -> float:\n    """The mean."""\n    return sum(values) / len(values) if values else 0.0
class Tree:\n    def __init__(self, left=None, right=None):\n        self.left, self.right = left, right\n\n    def depth(self):\n        return 1 + max(t.depth() if t else 0 for t in (self.left, self.right))
@decorator\nasync def fetch(url, *args, **kwargs):\n\tawait session.get(f"{url!r}/{args[0]:>10}")\n
lambda x: x**2 if x != 0 else ~x & 0xFF | 0b1010 ^ 0o17
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) error {\n\tif r.Method != "GET" {\n\t\treturn errors.New("no")\n\t}\n\treturn nil\n}
package main\n\nimport (\n\t"fmt"\n)\n\nfunc main() { fmt.Println("héllo, 世界") }
public static <T extends Comparable<T>> int compare(final T a, final T b) {\n    return a.compareTo(b); // may throw\n}
try { list.stream().map(x -> x + 1).filter(Objects::nonNull).toList(); } catch (IOException | RuntimeException e) { throw e; }
const f = async ({ a, b = 2, ...rest }) => `${a}-${b}` ?? rest?.c ?? null;
let m = /^(?:\\d{3}-)?[a-z_]\\w*$/gi.exec(s); m && (m[1] ||= "x");
fn main() -> Result<(), Box<dyn Error>> {\n    let v: Vec<_> = (0..10).map(|i| i * 2).collect();\n    println!("{:?}", v);\n    Ok(())\n}
impl<'a, T: ?Sized + 'static> Iterator for Iter<'a, T> { type Item = &'a T; }
#include <stdio.h>\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\nint main(int argc, char **argv) {\n  return argv[argc - 1][0] == '\\\\0';\n}
template <typename... Ts> constexpr auto sum(Ts&&... ts) { return (std::forward<Ts>(ts) + ... + 0u); }
for (unsigned long long i = 0ULL; i < n; ++i) a[i] <<= b[i] >> 3, c->d.e = &f;
struct Point: Codable { var x = 0.0, y: Double { didSet { print("\\(y)") } } }
guard let `self` = self, case .some(let x)? = y else { return #"raw \\(string)"# }
SELECT u.name, COUNT(*) AS n FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.age BETWEEN 18 AND 65 GROUP BY 1 HAVING n > 3;
<!DOCTYPE html><html lang="en"><head><title>&lt;Hi&gt;</title></head><body onload="f('x')"></body></html>
.card > a:hover::before { content: "\\201C"; margin: -1.5em auto 0 calc(100% - 2rem) !important; }
#!/bin/sh\nset -eu\nfor f in *.txt; do [ -s "$f" ] && wc -l < "$f" >> /dev/null || exit $?; done
git rebase -i HEAD~3 && docker run --rm -it -v "$PWD":/src image:1.2.3 sh -c 'make -j$(nproc)'
{"id": 17, "tags": ["a", "b\\n"], "nested": {"pi": 3.14e0, "none": null, "ok": true}}
key: value\nlist:\n  - one\n  - two: {a: 1, b: [x, y]}\ntext: |\n  indented\n    more
\\\\begin{align} \\\\frac{\\\\partial L}{\\\\partial w_{ij}} &= \\\\sum_{k=1}^{n} x_k^2 \\\\\\\\ \\\\end{align}
main :: IO ()\nmain = mapM_ (putStrLn . show) $ takeWhile (< 100) [x * x | x <- [1 ..], odd x]
(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) ; slow
puts [1, 2, 3].each_with_object({}) { |x, h| h[:"k#{x}"] = x }.inspect
x <- c(1, NA, 3); y <- ifelse(is.na(x), mean(x, na.rm = TRUE), x) %>% round(2)
Traceback (most recent call last):\n  File "a.py", line 3, in <module>\nZeroDivisionError: division by zero
2024-02-29T23:59:60.123+05:30 ERROR [main] c.e.App - id=0xDEADBEEF latency=12.5ms
https://user:pw@example.org:8080/a/b.html?q=1&r=%20%C3%A9#frag mailto:a.b+c@d-e.co.uk'''.splitlines()
CODE = [line.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\") for line in CODE]

WORDS = """time year people way day man thing woman life child world school state family student group country problem
hand part place case week company system program question work government number night point home water room mother
area money story fact month lot right study book eye job word business issue side kind head house service friend father
running unhappiness tokenization internationally antidisestablishmentarianism co-operate e-mail naïve façade résumé
getHTTPResponse snake_case_name SCREAMING_CASE kebab-case-name iPhone XMLHttpRequest i18n utf8mb4 x86_64 v2.0.1-rc.3
don't won't I'm you're we've they'll he'd DON'T I'M rock'n'roll o'clock 'twas y'all'd've""".split()
