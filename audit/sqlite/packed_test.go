package sqlite

import "testing"

// What is packed comes back as it was, so that what a store says of itself by digest can be
// compared with what was delivered.
func TestAnIDComesBackAsItWas(t *testing.T) {
	for _, id := range []string{
		"0195f2c0-7a3b-7c11-9d2e-0242ac120002", "00000000-0000-0000-0000-000000000000",
		"0195F2C0-7A3B-7C11-9D2E-0242AC120002", "id-000001", "0123456789abcdef", "",
	} {
		if got := unpackedID(packedID(id)); got != id {
			t.Errorf("%q comes back as %q", id, got)
		}
	}
}
