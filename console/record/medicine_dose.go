package record

import (
	"regexp"
	"strings"
)

// bareName is a medicine's name before its strength: "Metformin" of "Metformin 500mg
// tablets". dm+d writes names so, and so do most who write them by hand. "" where a
// name begins with a figure, or too little stands before it to be a name.
func bareName(title string) string {
	name := title
	if at := strings.IndexAny(title, "0123456789"); at >= 0 {
		name = title[:at]
	}
	name = strings.TrimRight(strings.TrimSpace(name), " ,(-–")
	for _, form := range forms {
		if cut, ok := strings.CutSuffix(strings.ToLower(name), " "+form); ok {
			name = strings.TrimRight(name[:len(cut)], " ,")
		}
	}
	if words := strings.Fields(name); len(name) < 4 || len(words[len(words)-1]) < 2 { // "Vitamin B" is several
		return ""
	}
	return name
}

// forms are words that stand behind a name where no strength does.
var forms = []string{"tablet", "tablets", "capsule", "capsules", "oral solution", "cream", "ointment", "inhaler", "injection", "mr", "m/r"}

// strengths are figures with a unit.
var strengths = regexp.MustCompile(`([0-9][0-9.,]*)\s*(mg|g|micrograms?|mcg|ug|µg|nanograms?|units?|iu|mmol|ml|%)(?:\b|$)`)

// strengthIn gives the strength that a name has, in one form.
func strengthIn(title string) string {
	var all []string
	for _, m := range strengths.FindAllStringSubmatch(strings.ToLower(title), -1) {
		unit := strings.TrimSuffix(m[2], "s")
		if unit == "mcg" || unit == "ug" || unit == "µg" {
			unit = "microgram"
		}
		all = append(all, strings.TrimRight(strings.ReplaceAll(m[1], ",", ""), ".")+unit)
	}
	return strings.Join(all, "/")
}

// sameWords are ways to write one thing in a dose: what differs in nothing else is one
// dose. Nothing is reckoned: 2 × 500 mg is not told to be 1 g.
var sameWords = strings.NewReplacer(
	"to be taken", "", "take ", "", " by mouth", "", " orally", "", ", oral", "",
	"once a day", "daily", "once daily", "daily", "one a day", "1 daily", "every day", "daily", "each day", "daily", "once per day", "daily",
	"twice a day", "2 times daily", "twice daily", "2 times daily", "two times a day", "2 times daily", "2 times a day", "2 times daily",
	"three times a day", "3 times daily", "three times daily", "3 times daily", "3 times a day", "3 times daily",
	"four times a day", "4 times daily", "four times daily", "4 times daily", "4 times a day", "4 times daily",
	"each morning", "in the morning", "every morning", "in the morning", "each night", "at night", "every night", "at night",
	" tablets", "", " tablet", "", " capsules", "", " capsule", "", "micrograms", "microgram", "mcg", "microgram",
	"one ", "1 ", "two ", "2 ", "three ", "3 ", "four ", "4 ", "five ", "5 ", "half ", "0.5 ",
)

var aFigureAndItsUnit = regexp.MustCompile(`([0-9])\s+(mg|g|microgram|ml|units?)\b`)

// sameDose gives a dose in a form in which ways to write the same are the same.
func sameDose(text string) string {
	text = sameWords.Replace(strings.ToLower(text) + " ")
	text = aFigureAndItsUnit.ReplaceAllString(text, "$1$2")
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;–-", r) })
	for i, word := range words {
		words[i] = strings.Trim(word, ".")
	}
	return strings.Join(words, " ")
}

// dosesInForce counts the doses that differ among the entries that are in force: by the
// strength that the name has, where both have one, and by the words of the dose, where
// both have some.
func dosesInForce(lines []*Line) int {
	type told struct{ strength, dose string }
	var doses []told
	for _, l := range lines {
		about, _ := l.about.(aboutMedicine)
		if !about.inForce {
			continue
		}
		one := told{strength: strengthIn(l.Title)}
		if dose := doseIn(l.Facts); dose != noDose {
			one.dose = sameDose(dose)
		}
		if one == (told{}) {
			continue
		}
		same := func(a, b string) bool { return a == "" || b == "" || a == b }
		known := false
		for i, d := range doses {
			if same(d.strength, one.strength) && same(d.dose, one.dose) {
				known = true
				if doses[i].strength == "" {
					doses[i].strength = one.strength
				}
				if doses[i].dose == "" {
					doses[i].dose = one.dose
				}
				break
			}
		}
		if !known {
			doses = append(doses, one)
		}
	}
	return len(doses)
}
