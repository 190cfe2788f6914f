package hostile

// names are members that two readers take for different ones.
var names = []Behaviour{
	{"subject-twice", "subject twice, A first", member(`"subject":{"reference":"Patient/b","display":"{B}"}`)},
	{"subject-twice-b-first", "subject twice, B first", odd(`"subject":{"reference":"Patient/b","display":"{B}"},"subject":{"reference":"Patient/a"}`)},
	{"subject-escaped", "subject once more, its first letter escaped", member(`"\u0073ubject":{"reference":"Patient/b","display":"{B}"}`)},
	{"subject-escaped-alone", "the subject in an escaped name alone", odd(`"\u0073ubject":{"reference":"Patient/a"},"note":[{"text":"{B}"}]`)},
	{"subject-case", "Subject beside subject", member(`"Subject":{"reference":"Patient/b","display":"{B}"}`)},
	{"subject-upper", "SUBJECT alone", odd(`"SUBJECT":{"reference":"Patient/a"},"note":[{"text":"{B}"}]`)},
	{"subject-long-s", "a subject that begins with the long s, which folds to s", member(`"` + "\u017f" + `ubject":{"reference":"Patient/b","display":"{B}"}`)},
	{"patient-escaped", "patient, escaped, beside subject", member(`"pat\u0069ent":{"reference":"Patient/b","display":"{B}"}`)},
	{"name-with-nul", "a name with an escaped NUL at its end", member(`"subject\u0000":{"reference":"Patient/b","display":"{B}"}`)},
	{"name-with-blank", "a name with a blank at its end", member(`"subject ":{"reference":"Patient/b","display":"{B}"}`)},
	{"name-empty", "a member with no name", member(`"":{"reference":"Patient/b","display":"{B}"}`)},
	{"name-proto", "__proto__", member(`"__proto__":{"subject":{"reference":"Patient/b","display":"{B}"}}`)},
	{"name-long", "a name of 100,000 letters", member(`"` + many("x", 100_000) + `":{"reference":"Patient/b","display":"{B}"}`)},
	{"name-of-another-script", "a subject with a Cyrillic letter", member(`"` + "\u0455" + `ubject":{"reference":"Patient/b","display":"{B}"}`)},
	{"reference-twice", "reference twice in one Reference", odd(`"subject":{"reference":"Patient/a","reference":"Patient/b","display":"{B}"}`)},
	{"reference-case", "Reference beside reference", odd(`"subject":{"reference":"Patient/a","Reference":"Patient/b","display":"{B}"}`)},
	{"reference-escaped", "Patient/b with escapes", odd(`"subject":{"reference":"\u0050atient\/b","display":"{B}"}`)},
	{"id-twice", "id twice", member(`"id":"{B}"`)},
	{"kind-of-resource-twice", "resourceType twice", member(`"resourceType":"Basic","note":[{"text":"{B}"}]`)},
	{"kind-of-resource-case", "resourcetype beside resourceType", member(`"resourcetype":"Basic","note":[{"text":"{B}"}]`)},
	{"category-twice", "two categories, of different kinds", member(`"category":[{"text":"{B}"}]`)},
	{"meta-twice", "two metas, the second with a label", member(`"meta":{},"meta":{"security":[{"code":"R","display":"{B}"}]}`)},
	{"resource-twice", "an entry with two resources", entry(`{"resource":{a},"resource":{b}}`)},
	{"resource-case", "an entry with resource and Resource", entry(`{"resource":{a},"Resource":{b}}`)},
	{"resource-escaped", "an entry with resource, escaped as well", entry(`{"resource":{a},"resourc\u0065":{b}}`)},
	{"mode-twice", "an entry with two modes", entry(`{"resource":{b},"search":{"mode":"match","mode":"outcome"}}`)},
	{"entry-twice", "a Bundle with two lists of entries", body(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{a}}],"entry":[{"resource":{b}}]}`)},
	{"entry-case", "a Bundle with entry and Entry", body(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{a}}],"Entry":[{"resource":{b}}]}`)},
	{"kind-twice", "a Bundle of two kinds", body(`{"resourceType":"Bundle","type":"searchset","type":"batch-response","entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"link-twice", "a Bundle with two lists of links", body(`{"resourceType":"Bundle","type":"searchset","link":[],"link":[{"relation":"next","url":"{base}?_getpages={B}"}],"entry":[{"resource":{a}}]}`)},
}

// odd answers with a result that says B, whose members but the usual are these.
func odd(members string) answer {
	return says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"valueString":"{B}",` + members + `}`)
	})
}
