package invariants

import (
	"errors"

	"github.com/mycarerecord/mcr/decision"
)

// Check reads the invariants of a folder of policies, and what was accepted, and proves
// nothing: whoever misspells one believes that it holds.
func Check(rev *decision.Revision) Faults {
	_, err := readFolder(rev, newCompared())
	var faults Faults
	errors.As(err, &faults)
	if text, there := rev.Files().Other[AcceptedFile]; there {
		_, wrong := readAccepted([]byte(text))
		faults = append(faults, wrong...)
	}
	return faults
}
