package token

import (
	"os"
)

// Faults gives everything that is wrong with the configuration of an issuer, each beginning
// with what it is about. [New] finds the same.
func (i Issuer) Faults() []error { return i.withDefaults().check() }

// CheckKeys reads a JWK set in a file, as [New] does, and says what is wrong with it.
func CheckKeys(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = parseKeySet(text)
	return err
}
