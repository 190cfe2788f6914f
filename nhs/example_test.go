package nhs_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/nhs"
)

// A number is parsed at the edge, and shows itself masked from there on.
func ExampleParseNumber() {
	n, err := nhs.ParseNumber("9434765919")
	fmt.Println(n, err)
	_, err = nhs.ParseNumber("943 476 5918")
	fmt.Println(err)
	// Output:
	// 943*****19 <nil>
	// not a valid NHS number
}

// National RBAC writes a role in three parts, of which the last counts.
func ExampleParseRoleCode() {
	r, err := nhs.ParseRoleCode("S8000:G8000:R8000")
	fmt.Println(r, err)
	// Output: R8000 <nil>
}
