package access_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/access"
)

// A fact that nobody gathered is not the same as one that was looked for and is
// not there.
func Example() {
	var facts access.Facts
	facts.OptOut = access.AbsentFact[access.OptOut]()
	facts.Registration = access.KnownFact(access.Registration{Name: "Riverside Surgery"})
	fmt.Println("permissions:", facts.Permissions.State)
	fmt.Println("opt-out:", facts.OptOut.State)
	fmt.Println("registration:", facts.Registration.State, facts.Registration.Value.Name)
	// Output:
	// permissions: unavailable
	// opt-out: absent
	// registration: known Riverside Surgery
}
