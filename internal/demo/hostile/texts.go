package hostile

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// texts are bodies that are no JSON, or no JSON of RFC 8259.
var texts = []Behaviour{
	{"html", "HTML with 200", turned(func(good string) string { return "<!doctype html><title>" + B + "</title><p>" + good })},
	{"xml", "FHIR's XML under a JSON type", body(`<Observation xmlns="http://hl7.org/fhir"><id value="{B}"/></Observation>`)},
	{"empty", "nothing at all", body("")},
	{"blanks", "nothing but blanks", body(many(" \r\n\t", 5000))},
	{"bom", "a byte order mark before it", turned(func(good string) string { return "\ufeff" + good })},
	{"bom-twice", "two byte order marks", turned(func(good string) string { return "\ufeff\ufeff" + good })},
	{"utf-16le", "UTF-16, little endian, with its mark", turned(func(good string) string { return wide("\ufeff"+good, binary.LittleEndian) })},
	{"utf-16be", "UTF-16, big endian, without a mark", turned(func(good string) string { return wide(good, binary.BigEndian) })},
	{"utf-32", "UTF-32", turned(func(good string) string {
		return "\x00\x00\x00" + strings.Join(strings.Split(good, ""), "\x00\x00\x00")
	})},
	{"latin-1", "a letter in Latin-1", inPlace("B\xe9n\xe9dicte")},
	{"utf-8-overlong", "a letter in two bytes that needs one", inPlace("\xc1\x82")},
	{"utf-8-surrogate", "half a surrogate pair as UTF-8", inPlace("\xed\xa0\x80")},
	{"utf-8-cut", "a letter that is cut off", inPlace("\xe2\x82")},
	{"utf-8-beyond", "a letter beyond the last", inPlace("\xf5\x80\x80\x80")},
	{"lone-surrogate", "half a surrogate pair, escaped", inPlace(`\ud83d`)},
	{"surrogates-turned", "a surrogate pair the wrong way round", inPlace(`\ude00\ud83d`)},
	{"nul", "a NUL in a string", inPlace("\x00")},
	{"nul-escaped", "an escaped NUL in a string", inPlace(`\u0000`)},
	{"nul-between", "a NUL between two values", turned(func(good string) string { return strings.Replace(good, ",", ",\x00", 1) })},
	{"control", "a line break in a string", inPlace("\n")},
	{"bad-escape", "an escape that there is none of", inPlace(`\x41`)},
	{"right-to-left", "signs that turn the direction of writing", inPlace("\u202e\u2066")},
	{"comments", "comments", turned(func(good string) string { return "/* " + B + " */" + good + "// " + B })},
	{"comment-hash", "a comment after #", turned(func(good string) string { return "# " + B + "\n" + good })},
	{"trailing-comma", "a comma too many", turned(func(good string) string { return good[:len(good)-1] + ",}" })},
	{"single-quotes", "quotes of the other kind", turned(func(good string) string { return strings.ReplaceAll(good, `"`, `'`) })},
	{"no-quotes", "names without quotes", turned(func(good string) string { return strings.Replace(good, `"resourceType"`, `resourceType`, 1) })},
	{"nan", "NaN", value("NaN")},
	{"infinity", "-Infinity", value("-Infinity")},
	{"hex-number", "a number in base 16", value("0x1F")},
	{"leading-zero", "a number with a leading zero", value("0123")},
	{"plus-number", "a number with a plus", value("+1")},
	{"huge-number", "a number of 100,000 digits", value(many("9", 100_000))},
	{"huge-exponent", "a number with a huge exponent", value("1e999999999")},
	{"undefined", "undefined", value("undefined")},
	{"true-in-capitals", "True", value("True")},
	{"two-documents", "a second document behind the first", turned(func(good string) string { return good + `{"resourceType":"Patient","id":"` + B + `"}` })},
	{"two-lines", "a document on each line", turned(func(good string) string { return good + "\n" + good })},
	{"trailing-garbage", "something behind it", turned(func(good string) string { return good + B })},
	{"trailing-bracket", "a bracket too many", turned(func(good string) string { return good + "}" })},
	{"trailing-nul", "a NUL behind it", turned(func(good string) string { return good + "\x00" + B })},
	{"cut-off", "the end is missing", turned(func(good string) string { return good[:len(good)-3] })},
	{"jsonp", "a call around it", turned(func(good string) string { return "callback(" + good + ")" })},
	{"guarded", "what guards against being run, before it", turned(func(good string) string { return ")]}'\n" + good })},
	{"as-a-string", "the whole of it as a JSON string", turned(func(good string) string { return `"` + strings.ReplaceAll(good, `"`, `\"`) + `"` })},
	{"separator-between", "U+2028 for a blank", turned(func(good string) string { return strings.Replace(good, ":", ":\u2028", 1) })},
	{"sequence", "a JSON text sequence (RFC 7464)", turned(func(good string) string { return "\x1e" + good + "\n" })},
}

// inPlace answers with B's mark behind some bytes, in an element that refers to B: what
// reads them may not show it.
func inPlace(text string) answer {
	return member(`"performer":[{"reference":"Patient/b","display":"` + text + `{B}"}]`)
}

// value answers with some bytes where a value is due.
func value(text string) answer {
	return member(`"valueInteger":` + text + `,"performer":[{"reference":"Patient/b","display":"{B}"}]`)
}

// wide writes a text in UTF-16.
func wide(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func many(text string, times int) string { return strings.Repeat(text, times) }
