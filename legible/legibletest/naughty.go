// Package legibletest has text that programs stumble over, for tests.
package legibletest

import (
	_ "embed" // the list
	"encoding/json"
)

// blns.json is the Big List of Naughty Strings, by Max Woolf and others, of commit
// db33ec7b1d5d (17 April 2021) of https://github.com/minimaxir/big-list-of-naughty-strings,
// unchanged; its licence (MIT) is in blns.LICENSE.
//
//go:embed blns.json
var blns []byte

// Naughty gives the list: 515 strings, the first of them empty.
func Naughty() []string {
	var all []string
	if err := json.Unmarshal(blns, &all); err != nil {
		panic(err) // it stands beside this file
	}
	return all
}
