package token

// ReadToken takes a compact form apart and reads its identity in the form of CIS2,
// all but the signature.
func ReadToken(bearer string) error {
	p := pool.Get().(*parsed)
	defer pool.Put(p)
	if err := p.read(bearer); err != nil {
		return err
	}
	if _, err := p.jose(accessTypes...); err != nil {
		return err
	}
	if _, err := p.registered(); err != nil {
		return err
	}
	m, _ := claimNames(PresetCIS2, ClaimNames{})
	_, err := m.read(&p.claims)
	return err
}

// Cached counts the verified tokens held.
func (v *Verifier) Cached() int { return v.cache.len() }

// Level is the mapping of assurance levels.
var Level = level
