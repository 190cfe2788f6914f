package decision_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/policytest"
)

// The attacks of docs/attacks.md that the rules decide. Each is one or more
// decision cases that carry its number; here they are run by number, so that
// none can lose its case.

func TestAttack107PermissionForAnotherPatient(t *testing.T)      { attack(t, 107) }
func TestAttack108PermissionForAnotherUserOrSource(t *testing.T) { attack(t, 108) }
func TestAttack110SelfClaimedPermission(t *testing.T)            { attack(t, 110) }
func TestAttack111OptOutBeatsPermission(t *testing.T)            { attack(t, 111) }
func TestAttack112OptOutSecondsAgo(t *testing.T)                 { attack(t, 112) }
func TestAttack114EmptyConsentIsNotAllowAll(t *testing.T)        { attack(t, 114) }
func TestAttack115SupersededNumber(t *testing.T)                 { attack(t, 115) }
func TestAttack117TwoPatientsOneNumber(t *testing.T)             { attack(t, 117) }
func TestAttack118NationalOptOutDoesNotBlockCare(t *testing.T)   { attack(t, 118) }
func TestAttack119RelationshipEnded(t *testing.T)                { attack(t, 119) }
func TestAttack121RoutineAccessStretched(t *testing.T)           { attack(t, 121) }
func TestAttack122SpecialistWithoutOrder(t *testing.T)           { attack(t, 122) }
func TestAttack124PurposeChangedByClient(t *testing.T)           { attack(t, 124) }
func TestAttack125OwnRecord(t *testing.T)                        { attack(t, 125) }

func attack(t *testing.T, number int) {
	t.Helper()
	n := 0
	for _, c := range policytest.Cases(t) {
		if !slices.Contains(c.Attacks, number) {
			continue
		}
		n++
		t.Run(c.Name, func(t *testing.T) {
			if _, wrong := c.Run(t.Context()); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "\n"))
			}
		})
	}
	if n == 0 {
		t.Errorf("no decision case carries attack %d", number)
	}
}
