package hostile

// others are entries and elements of another patient's, where A was asked for.
var others = []Behaviour{
	{"b-as-match", "another patient's result among the matches", entry(`{"resource":{b},"search":{"mode":"match"}}`)},
	{"b-as-include", "another patient's result as if it came along", entry(`{"resource":{b},"search":{"mode":"include"}}`)},
	{"b-as-outcome", "another patient's result with the mode of an outcome", entry(`{"resource":{b},"search":{"mode":"outcome"}}`)},
	{"b-without-mode", "another patient's result with no mode", entry(`{"resource":{b}}`)},
	{"b-with-odd-mode", "another patient's result with a mode that there is none of", entry(`{"resource":{b},"search":{"mode":"MATCH"}}`)},
	{"b-patient", "the other Patient itself", entry(`{"resource":{pb},"search":{"mode":"include"}}`)},
	{"b-under-fulladdress-of-a", "another patient's result whose fullUrl says A", entry(`{"fullUrl":"{base}/Patient/a","resource":{b}}`)},
	{"b-in-response-outcome", "an entry's response with another patient in its outcome",
		entry(`{"resource":{a},"response":{"status":"200","location":"Patient/{B}","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"{B}"}]}}}`)},
	{"b-in-request", "an entry's request that names another patient", entry(`{"resource":{a},"request":{"method":"GET","url":"Observation?patient=b&name={B}"}}`)},
	{"b-in-entry-link", "an entry's link to another patient", entry(`{"resource":{a},"link":[{"relation":"alternate","url":"{base}/Patient/b?name={B}"}]}`)},
	{"b-in-entry-extension", "an entry's extension with another patient's result", entry(`{"resource":{a},"extension":[{"url":"https://x.example","valueString":"{B}"}]}`)},
	{"b-in-operationoutcome", "an OperationOutcome that speaks of another patient",
		entry(`{"resource":{"resourceType":"OperationOutcome","id":"oo","issue":[{"severity":"warning","code":"informational","diagnostics":"{B}"}]},"search":{"mode":"outcome"}}`)},
	{"b-in-nested-bundle", "a Bundle in the Bundle", entry(`{"resource":{"resourceType":"Bundle","id":"x","type":"searchset","entry":[{"resource":{b}}]},"search":{"mode":"match"}}`)},
	{"b-in-parameters", "a Parameters resource with another patient's", entry(`{"resource":{"resourceType":"Parameters","id":"x","parameter":[{"name":"x","resource":{b}}]},"search":{"mode":"include"}}`)},
	{"b-in-list", "a List of both patients' results",
		entry(`{"resource":{"resourceType":"List","id":"l","title":"{B}","subject":{"reference":"Patient/a"},"entry":[{"item":{"reference":"Observation/o-b","display":"{B}"}},{"item":{"reference":"Patient/b"}}]},"search":{"mode":"include"}}`)},
	{"b-in-group", "a Group with both as members",
		entry(`{"resource":{"resourceType":"Group","id":"g","member":[{"entity":{"reference":"Patient/a"}},{"entity":{"reference":"Patient/b","display":"{B}"}}]},"search":{"mode":"include"}}`)},
	{"b-in-provenance", "a Provenance of both patients' results",
		entry(`{"resource":{"resourceType":"Provenance","id":"p","target":[{"reference":"Observation/o-b","display":"{B}"}]},"search":{"mode":"include"}}`)},
	{"b-in-organization", "an Organization with another patient's result contained",
		entry(`{"resource":{"resourceType":"Organization","id":"org","name":"x","contained":[{b}]},"search":{"mode":"include"}}`)},
	{"b-under-an-unknown-type", "a resource of a type that there is none of", entry(`{"resource":{"resourceType":"Observation2","id":"x","subject":{"reference":"Patient/a"},"note":"{B}"},"search":{"mode":"match"}}`)},

	{"b-as-subject", "an item of another patient's for that of A", says(func(x *ask) string { return x.observation(x.one(), x.b, "") })},
	{"b-in-history", "a history one of whose versions is another patient's", func(x *ask) {
		kind := "history"
		if x.search {
			kind = "searchset"
		}
		x.send(200, bundle(kind, `{"resource":`+x.observation(x.one(), x.a, "")+`,"request":{"method":"PUT","url":"x"}}`,
			`{"resource":`+x.observation(x.one(), x.b, "")+`,"request":{"method":"PUT","url":"x"}}`,
			`{"request":{"method":"DELETE","url":"Observation/`+B+`"},"response":{"status":"204","location":"`+B+`"}}`))
	}},
	{"b-as-patient", "A as subject, B in the element patient", member(`"patient":{"reference":"Patient/b","display":"{B}"}`)},
	{"b-as-performer", "A as subject, B as performer", member(`"performer":[{"reference":"Patient/b","display":"{B}"}]`)},
	{"b-as-focus", "A as subject, B in focus", member(`"focus":[{"reference":"Patient/b","display":"{B}"}]`)},
	{"b-contained", "B's Patient contained in A's result", member(`"contained":[{pb}],"performer":[{"reference":"#b"}]`)},
	{"b-contained-result", "B's result contained in A's", member(`"contained":[{b}],"hasMember":[{"reference":"#o-b","display":"{B}"}]`)},
	{"b-by-number", "A's reference, B's NHS number beside it", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"subject":{"reference":"Patient/a","identifier":{"system":"` + numberSystem + `","value":"{nB}"},"display":"{B}"},"valueString":"{B}"}`)
	})},
	{"b-by-reference", "A's NHS number, B's reference beside it", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"subject":{"reference":"Patient/b","identifier":{"system":"` + numberSystem + `","value":"{nA}"}},"valueString":"{B}"}`)
	})},
	{"b-absolute", "B by the source's whole address", subject(`{"reference":"{base}/Patient/b"}`)},
	{"b-elsewhere", "A's id at another server", subject(`{"reference":"https://elsewhere.example/fhir/Patient/a"}`)},
	{"b-by-urn", "a subject by a urn", subject(`{"reference":"urn:uuid:6f1c9a0e-0000-4000-8000-00000000000b"}`)},
	{"b-by-search", "a subject by a search", subject(`{"reference":"Patient?identifier=` + numberSystem + `|{nB}"}`)},
	{"b-by-fragment", "a subject contained, who is B", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"` + numberSystem + `","value":"{nB}"}]}],"subject":{"reference":"#p"},"valueString":"{B}"}`)
	})},
	{"b-by-a-path-through-a", "a reference that steps from A to B", subject(`{"reference":"Patient/a/../b"}`)},
	{"b-by-a-name", "a subject by display alone", subject(`{"display":"{B}"}`)},
	{"no-subject", "a result of nobody", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"valueString":"{B}"}`)
	})},
	{"b-in-extension-reference", "an extension that refers to B", member(`"extension":[{"url":"https://x.example","valueReference":{"reference":"Patient/b","display":"{B}"}}]`)},
	{"b-in-extension-number", "an extension with B's NHS number", member(`"extension":[{"url":"https://x.example","valueIdentifier":{"system":"` + numberSystem + `","value":"{nB}"}}]`)},
	{"b-in-meta-source", "B named in meta.source", member(`"meta":{"source":"https://x.example/{B}"}`)},
	{"b-two-numbers", "a Patient with both numbers", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Patient","id":"{id}","identifier":[{"system":"` + numberSystem + `","value":"{nA}"},{"system":"` + numberSystem + `","value":"{nB}"}],"name":[{"family":"{B}"}]}`)
	})},
	{"b-under-a-id", "a Patient of A's id with B's number", says(func(x *ask) string { return x.patient(x.b, "a") })},
	{"b-linked", "A's Patient, linked to B's", says(func(x *ask) string {
		return x.fill(`{"resourceType":"Patient","id":"{id}","identifier":[{"system":"` + numberSystem + `","value":"{nA}"}],"link":[{"type":"seealso","other":{"reference":"Patient/b","display":"{B}"}}]}`)
	})},
}

// subject answers with a result that says B, of a subject written in some way.
func subject(reference string) answer {
	return says(func(x *ask) string {
		return x.fill(`{"resourceType":"Observation","id":"{id}",{lab},"subject":` + reference + `,"valueString":"{B}"}`)
	})
}
