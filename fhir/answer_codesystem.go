package fhir

import "github.com/mycarerecord/mcr/fhir/internal/spelling"

// codeSystem is a code system of the rules, whatever addresses it goes by.
type codeSystem struct {
	notation spelling.Notation
	codes    map[string]*codeUse // by normal form, and as listed
	loose    []ruleUse           // rules that take any code of it
}

// systemOf gives the code system of an address as a list has it, and makes it
// where there is none. Addresses that mean the same are one system.
func (c *Classifier) systemOf(address string) *codeSystem {
	normal := string(spelling.System(nil, []byte(address)))
	s := c.spelled[normal]
	if s == nil {
		s = &codeSystem{notation: spelling.NotationOf([]byte(normal)), codes: map[string]*codeUse{}}
		c.spelled[normal] = s
		c.written[s.notation] = append(c.written[s.notation], s)
	}
	c.spelled[address] = s
	return s
}

// respelled finds the code system of an address that stands in no list as it is, or,
// where there is none, the notation that it sounds like.
func (c *Classifier) respelled(buf, address []byte) (*codeSystem, spelling.Notation) {
	normal := spelling.System(buf, address)
	if s := c.spelled[string(normal)]; s != nil {
		return s, s.notation
	}
	return nil, spelling.NotationOf(normal)
}
