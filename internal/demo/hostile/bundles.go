package hostile

// bundles are Bundles of other kinds, and with other things in them.
var bundles = []Behaviour{
	{"bundle-batch-response", "a batch-response for an answer", whole("batch-response")},
	{"bundle-transaction-response", "a transaction-response for an answer", whole("transaction-response")},
	{"bundle-history", "a history where a search was asked", whole("history")},
	{"bundle-collection", "a collection", whole("collection")},
	{"bundle-document", "a document", whole("document")},
	{"bundle-message", "a message", whole("message")},
	{"bundle-of-no-kind", "a Bundle of a kind that there is none of", whole("{B}")},
	{"bundle-case", "a SearchSet", whole("SearchSet")},
	{"bundle-without-kind", "a Bundle that does not say of which kind", body(`{"resourceType":"Bundle","entry":[{"resource":{a}},{"resource":{b}}]}`)},
	{"bundle-with-names", "a searchset with B in its own elements", body(`{"resourceType":"Bundle","id":"{B}","meta":{"source":"{B}","tag":[{"display":"{B}"}]},"language":"{B}",` +
		`"identifier":{"value":"{B}"},"type":"searchset","timestamp":"{B}","total":7,"signature":{"who":{"display":"{B}"}},"extension":[{"url":"x","valueString":"{B}"}],"entry":[{"resource":{a}}]}`)},
	{"bundle-with-links", "a searchset whose self, first and last links name B", body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"{base}/Observation?patient=b&name={B}"},` +
		`{"relation":"first","url":"{base}/{B}"},{"relation":"last","url":"{base}/Observation?page=9000&{B}"},{"relation":"{B}","url":"{B}"}],"entry":[{"resource":{a}}]}`)},
	{"bundle-empty-entries", "entries with nothing in them", body(`{"resourceType":"Bundle","type":"searchset","entry":[{},{"resource":{}},{"resource":{b}}]}`)},
	{"not-what-was-asked", "a Condition where an Observation was asked for", body(`{"resourceType":"Condition","id":"{id}","subject":{"reference":"Patient/a"},"note":[{"text":"{B}"}]}`)},
	{"another-id", "another item than that which was asked for", body(`{"resourceType":"Observation","id":"another",{lab},"subject":{"reference":"Patient/a"},"valueString":"{B}"}`)},
	{"a-patient-for-all", "a Patient whatever is asked", body(`{pb}`)},
	{"an-outcome", "200 with an OperationOutcome that speaks of B", body(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"{B}","details":{"text":"{nB}"}}]}`)},
	{"a-capability-statement", "a CapabilityStatement", body(`{"resourceType":"CapabilityStatement","name":"{B}"}`)},
	{"a-parameters", "Parameters with the searchset inside", body(`{"resourceType":"Parameters","parameter":[{"name":"return","resource":{b}}]}`)},
	{"a-binary", "a Binary with the record inside", body(`{"resourceType":"Binary","id":"{id}","contentType":"application/fhir+json","data":"{B}"}`)},
	{"an-array", "an array of resources", body(`[{a},{b}]`)},
}

// whole answers a Bundle of a kind, with both patients' results in it.
func whole(kind string) answer {
	return func(x *ask) {
		x.send(200, x.fill(bundle(kind, `{"resource":{a},"response":{"status":"200"}}`, `{"resource":{b},"response":{"status":"200"}}`)))
	}
}
