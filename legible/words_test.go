package legible_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/legible/legibletest"
)

// Attack 123: what says nothing is no reason.
func TestAttack123SignsThatSayNothingAreNoWords(t *testing.T) {
	for _, text := range []string{
		"", " ", ".", "...", "-", "?!", "a", "aaaa", "AaAa", "x x x x", "....a", "1", "12345", "999", "£££", "a1", "a.",
		"\u200b", "\u2060\u202e", "\u3164", "\u3164\u115f\u1160\uffa0", "\u2800\u2800", "\u00ad\u00ad", "\ufeff", "\u034f",
		"\u180b\u180e", "\u17b4\u17b5", "\U000e0041\U000e0042", "\ufe0f\U000e0100", "\U0001bca0\U0001d173",
		"\u0301\u0302\u0303", "\u00a0\u2003\u3000", "\u1680", "\u2028\u2029", "\x00\x1b\x9b", "\ufffd\ufffd", "\xff\xfe",
		"\ue000\ue001", "🚑🚑🆘", "١٢٣", "ⅣⅤ", "½", "\u200bA\u200b", "ʰʲ", "ーー", "¯\\_(ツ)_/¯",
	} {
		if legible.Words(text) {
			t.Errorf("%+q was taken for words", text)
		}
	}
}

func TestANameHasALetterOrADigitThatCanBeSeen(t *testing.T) {
	for text, want := range map[string]bool{
		"A. Officer": true, "root": true, "555021935107": true, "X": true, "李": true, "": false, " ": false, ".": false,
		"\u200b": false, "\u3164": false, "\u202e\u2066": false, "\u2800": false, "--": false, "\u0301": false,
	} {
		if got := legible.Name(text); got != want {
			t.Errorf("%+q: %t, want %t", text, got, want)
		}
	}
}

// A wrong refusal is a harm too: a hurried clinician's reason, in whatever language.
func TestAReasonInAnyLanguageIsWords(t *testing.T) {
	for _, text := range []string{
		"MI", "mi", "PE", "AAA", "aaa", "CVA", "GI bleed", "cardiac arrest", "GCS 3", "#NOF", "?PE", "O2 sats 80", "2° burns", "RTA, unconscious",
		"ataliad y galon", "damwain, anymwybodol", "wstrząs", "zawał serca", "żółć", "ağır kanama", "Blut im Stuhl", "hôpital: arrêt",
		"نوبة قلبية", "فاقد الوعي", "ایست قلبی", "دل کا دورہ", "התקף לב", "心梗", "车祸，昏迷", "心肌梗塞", "意識不明", "けいれん",
		"심근경색", "инфаркт", "інфаркт", "έμφραγμα", "दिल का दौरा", "হার্ট অ্যাটাক", "ਦਿਲ ਦਾ ਦੌਰਾ", "હૃદયરોગ", "மாரடைப்பு", "หัวใจวาย", "የልብ ድካም",
		"infarct\u200b", "a\u200bb", "e\u0301l", "ＭＩ",
	} {
		if !legible.Words(text) {
			t.Errorf("%q was refused", text)
		}
	}
}

// The judge of what shows nothing: Default_Ignorable_Code_Point as Unicode 14.0
// publishes it (DerivedCoreProperties.txt, Unicode licence), as perl's \p{DI} gives it.
var defaultIgnorable = [][2]rune{
	{0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
	{0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
	{0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
}

func TestWhatUnicodeCallsIgnorableIsNoLetterAndIsWrittenOut(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if r == 0xD800 {
			r = 0xE000 // halves of surrogate pairs are no text
		}
		ignored := slices.ContainsFunc(defaultIgnorable, func(in [2]rune) bool { return r >= in[0] && r <= in[1] })
		if ignored && legible.Words(string([]rune{r, 'a', r})) {
			t.Errorf("%U counts as a letter", r)
		}
		if ignored && legible.Line(string(r)) == string(r) {
			t.Errorf("%U is shown as it is", r)
		}
		// Nor is anything else taken for invisible: every letter of every script counts.
		if !ignored && unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Lo) && !legible.Words(string([]rune{r, 'a'})) {
			t.Errorf("%U is not taken for a letter", r)
		}
	}
}

// The published list: no string of it without two letters is words, and none that an
// English reader would read is refused.
func TestAttack123NaughtyStrings(t *testing.T) {
	refused := 0
	for _, text := range legibletest.Naughty() {
		latin := map[rune]bool{}
		for _, r := range strings.ToLower(text) {
			if r >= 'a' && r <= 'z' {
				latin[r] = true
			}
		}
		visible := strings.ContainsFunc(text, unicode.IsLetter)
		switch words := legible.Words(text); {
		case words && !visible:
			t.Errorf("%+q was taken for words", text)
		case !words && len(latin) >= 2:
			t.Errorf("%+q was refused", text)
		case !words:
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("only %d of the list were refused: it holds that many numbers, signs and blanks", refused)
	}
}
