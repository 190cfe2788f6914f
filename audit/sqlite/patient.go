package sqlite

import (
	"encoding/hex"
	"encoding/json"
)

// listed gives a patient's HMACs as the queries take them: as the column has them, in hex,
// as a list in JSON.
func listed(hmacs []string) string {
	all := []string{}
	for _, hmac := range hmacs {
		if packed := packedPatient(hmac); packed != nil {
			all = append(all, hex.EncodeToString(packed))
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic("sqlite: encoding texts: " + err.Error())
	}
	return string(text)
}
