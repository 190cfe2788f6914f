package release

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// readByOPA are names that OPA reads in every folder of a bundle, and the broker's layout does not
// know: with one of them OPA would decide otherwise than a broker does.
var readByOPA = []string{bundle.WasmFile, bundle.PlanFile, bundle.PlanProtoFile, "patch.json"}

// reserved says what is wrong with a path of the folder in a release; "" when nothing is. Who reads a
// release asks too: it may have been made by another program.
func reserved(p string) string {
	name := path.Base(p)
	switch {
	case slices.ContainsFunc(strings.Split(p, "/"), folder.Hidden):
		return "a hidden file is none of the policies, and OPA would read it"
	case p == statementFile, bundle.IsStructuredDoc(name), slices.Contains(readByOPA, name),
		strings.HasSuffix(name, bundle.ManifestExt), strings.HasSuffix(name, bundle.ManifestProtoExt):
		return "a file of this name has a meaning of its own in a release"
	}
	return ""
}

// manifestOf is .manifest: the name of the policies, and that the bundle owns everything. OPA knows
// more fields, by which it reads rules in another version of Rego, or asks compiled code in their place.
func manifestOf(revision string) []byte {
	text, err := json.Marshal(struct {
		Revision string   `json:"revision"`
		Roots    []string `json:"roots"`
	}{revision, []string{""}})
	if err != nil {
		panic("release: encoding a manifest: " + err.Error())
	}
	return text
}
