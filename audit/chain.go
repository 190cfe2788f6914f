package audit

import "strings"

// BrokerOf gives the configured name of a broker (1 to 100 bytes without "+") in the name of one
// of its chains: "region-1" of "region-1", of "region-1+20260302T120000Z", which began with an
// accepted gap, and of "region-1+20260302T120000Z-earlier", which holds records of before it
// whose numbers were given twice.
func BrokerOf(chain string) string {
	name, _, _ := strings.Cut(chain, "+")
	return name
}
