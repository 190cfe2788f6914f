package sqlite

import "encoding/json"

// listed gives a patient's HMACs as the queries take them: whole, and as the index has
// them, each list in JSON. A text that is no HMAC finds nothing.
func listed(hmacs []string) (whole, first string) {
	firsts := []any{}
	for _, hmac := range hmacs {
		if bits := patient(hmac); bits != nil {
			firsts = append(firsts, bits)
		}
	}
	return list(append([]string{}, hmacs...)), list(firsts)
}

func list(values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic("sqlite: encoding texts and numbers: " + err.Error())
	}
	return string(text)
}
