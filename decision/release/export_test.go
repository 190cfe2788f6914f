package release

// State writes the statement anew, as an attacker may who has a release.
func State(r *Release) error { return r.state() }

// Unpack and Pack change what is carried.
func Unpack(packed []byte) (map[string][]byte, error) { return unpack(packed) }

// Pack packs files.
func Pack(all map[string][]byte) ([]byte, error) { return files(all).pack() }
