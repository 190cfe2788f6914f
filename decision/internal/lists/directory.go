package lists

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	if len(doc.Types) == 0 || len(doc.Categories) == 0 || len(doc.Masks) == 0 {
		faults = append(faults, errors.New("types, categories and masks must not be empty"))
	}
	for _, typ := range doc.Types {
		if none := fhir.TypesWithoutPatient(); !slices.Contains(none, typ) {
			faults = append(faults, fmt.Errorf("types: %q is not a type that names no patient: %s are", typ, strings.Join(none, ", ")))
		}
	}
	for _, c := range doc.Categories {
		if categories[c] == "" || c == "unclassified" {
			faults = append(faults, fmt.Errorf("categories: %q is not one that a directory entry can have", c))
		}
	}
	return errors.Join(faults...)
}
