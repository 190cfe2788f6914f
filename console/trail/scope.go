package trail

import (
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
)

// Reach says how much of the trail an organisation's officers see.
type Reach struct {
	// Region are the organisations whose officers see the whole trail: the
	// region's auditors. Default none: everybody sees their own part only.
	Region []nhs.ODSCode
	// RegionRoles narrows that to those who work there in one of these roles: an
	// organisation that hosts the region's auditors has officers of its own too.
	// Default: every role that may enter the trail at all.
	RegionRoles []nhs.RoleCode
	// OwnStaff says that an organisation also sees what its own staff did at other
	// organisations. Default: only what concerns its own patients' data.
	OwnStaff bool
}

// whole says whether a person sees the whole trail.
func (r Reach) whole(who *page.Person) bool {
	s := who.Subject
	return slices.Contains(r.Region, s.Organisation) &&
		(len(r.RegionRoles) == 0 || slices.Contains(r.RegionRoles, s.Role))
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
