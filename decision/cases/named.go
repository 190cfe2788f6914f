package cases

import (
	"fmt"
	"strings"
)

// Named is the case that somebody means by its name, by its file and name ("opt_out:an opt-out
// wins over a recorded permission"), or by a part of these that is no other case's.
func Named(all []Case, name string) (*Case, error) {
	const most = 10       // that are told when several are meant
	var found, of []*Case // by a part, and by the whole name
	for i := range all {
		c := &all[i]
		whole := c.ShortFile() + ":" + c.Name
		switch {
		case name == whole:
			return c, nil
		case name == c.Name:
			of = append(of, c)
		case strings.Contains(strings.ToLower(whole), strings.ToLower(name)):
			found = append(found, c)
		}
	}
	if len(of) > 0 {
		found = of
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return nil, fmt.Errorf("%w: %q", ErrNoCase, name)
	}
	var told []string
	for _, c := range found[:min(most, len(found))] {
		told = append(told, c.ShortFile()+":"+c.Name)
	}
	if len(found) > most {
		told = append(told, fmt.Sprintf("and %d more", len(found)-most))
	}
	return nil, fmt.Errorf("%q is in several cases' names; say which: %s", name, strings.Join(told, "; "))
}
