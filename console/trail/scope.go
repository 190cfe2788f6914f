package trail

import (
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
)

// Reach says how much of the trail an organisation's officers see.
type Reach struct {
	// Region are the organisations at which the region's auditors work, RegionRoles
	// the roles in which they do: who works there in one of these sees the whole
	// trail. Both are needed, since an organisation that hosts the region's auditors
	// has officers of its own too. Default none: everybody sees their own part only.
	Region      []nhs.ODSCode
	RegionRoles []nhs.RoleCode
	// OwnStaff says that an organisation also sees what its own staff did at other
	// organisations, but not what they looked at in the trail of others: the region's
	// auditors are somebody's staff too. Default: only what concerns its own patients' data.
	OwnStaff bool
}

// whole says whether a person sees the whole trail.
func (r Reach) whole(who *page.Person) bool {
	s := who.Subject
	return !s.Role.IsZero() && slices.Contains(r.Region, s.Organisation) && slices.Contains(r.RegionRoles, s.Role)
}

// scope is the one place where it is settled which part of the trail a person
// sees. It rests on who is signed in, and on nothing that a request can hold.
//
// Whoever has no organisation, or may not enter the trail, sees nothing: an empty
// SourceOrg would mean everybody's part.
func (r Reach) scope(who *page.Person) (s audit.Scope, ok bool) {
	if who == nil || !who.Areas.Trail || who.Subject.UserID == "" || who.Subject.Organisation.IsZero() {
		return audit.Scope{}, false
	}
	if r.whole(who) {
		return audit.Scope{}, true
	}
	return audit.Scope{SourceOrg: who.Subject.Organisation.String(), OwnStaff: r.OwnStaff}, true
}
