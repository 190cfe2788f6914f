package lists

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
)

// checkDirectory makes sure that what is released of a directory entry is
// limited: without its masks the private details of staff would be given.
func checkDirectory(text string, categories map[string]string) error {
	var doc struct {
		Source     string   `json:"source"`
		Types      []string `json:"types"`
		Categories []string `json:"categories"`
		Masks      []string `json:"masks"`
	}
	if err := strictJSON(text, &doc); err != nil {
		return err
	}
	var faults []error
	for _, list := range []struct {
		name string
		n    int
	}{{"types", len(doc.Types)}, {"categories", len(doc.Categories)}, {"masks", len(doc.Masks)}} {
		if list.n == 0 {
			faults = append(faults, fault.At([]string{list.name}, "put back what it held", "%s must not be empty", list.name))
		}
	}
	for i, typ := range doc.Types {
		if none := fhir.TypesWithoutPatient(); !slices.Contains(none, typ) {
			faults = append(faults, fault.At([]string{"types", strconv.Itoa(i)}, "take it out: without asking, only what names no patient is given: "+strings.Join(none, ", "), "types: %q is not a type that names no patient", typ))
		}
	}
	for i, c := range doc.Categories {
		if categories[c] == "" || c == "unclassified" {
			faults = append(faults, fault.At([]string{"categories", strconv.Itoa(i)}, "write administrative or medications", "categories: %q is not one that a directory entry can have", c))
		}
	}
	return errors.Join(faults...)
}
