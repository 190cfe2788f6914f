package population

import "time"

var relationshipRates = rates{later: 15, changes: 8}

// relationship is one that a patient has, as one system tells it.
type relationship struct {
	i, k   int
	bits   uint64
	dice   dice
	number uint64 // of the patient: the one in use, or that before it
	home   int    // the practice in whose part of the region it is
	start  time.Time
	end    time.Time // zero while it lasts
}

// systems share a patient's relationships out, of 20.
const (
	toEncounters = 9
	toEpisodes   = toEncounters + 4
	toReferrals  = toEpisodes + 5
	toCaseloads  = toReferrals + 2
)

// relationships goes through those that one system knows and tells now.
func (w *writer) relationships(i, from, to int, tell func(relationship)) {
	for k := range relationshipsOf(i) {
		bits := draw(i, k, saltRelationship)
		d := dice(bits >> 16)
		if at := d.below(toCaseloads); at < from || at >= to {
			continue
		}
		h := relationshipRates.history(bits)
		r := relationship{i: i, k: k, bits: bits, dice: dice(mix(^bits)), number: w.region.current(i)}
		lasted := r.dice.below(1000)
		over, most := lasted < 550, 1 // when it was told first
		if over {
			most = 0
		}
		version, since, tells := w.tells(h, relationshipRates, most)
		if !tells {
			continue
		}
		r.home = elsewhere(&r.dice, practiceOf(i, 0))
		if old, there := w.region.superseded(i); there && r.bits>>61 == 0 {
			r.number = old // nobody has told this system of the new one
		}
		r.start = day(h.born).AddDate(0, 0, -1-r.dice.below(900))
		switch {
		case version > 0:
			r.end = day(since).Add(-time.Hour)
		case over:
			r.end = r.start.Add(time.Duration(1+lasted) * 30 * time.Minute)
		}
		r.dice = dice(mix(bits + 1))
		tell(r)
		w.end(&w.told.Relationships)
	}
}

func encounters(w *writer, i int) { w.relationships(i, 0, toEncounters, w.encounter) }
func episodes(w *writer, i int)   { w.relationships(i, toEncounters, toEpisodes, w.episode) }
func referrals(w *writer, i int)  { w.relationships(i, toEpisodes, toReferrals, w.referral) }
func caseloads(w *writer, i int)  { w.relationships(i, toReferrals, toCaseloads, w.caseload) }

func (w *writer) period(r relationship) {
	w.text(`,"period":{`)
	w.date("start", r.start)
	if !r.end.IsZero() {
		w.text(",")
		w.date("end", r.end)
	}
	w.text("}}")
}

// status gives the one word or the other.
func (r relationship) status(lasts, over string) string {
	if r.end.IsZero() {
		return lasts
	}
	return over
}

// encounter appends what a hospital's own system sends: numbers that count up, and so its
// meta.source, since another hospital's count too.
func (w *writer) encounter(r relationship) {
	hospital := hospitalOf(r.home)
	w.text(`{"resourceType":"Encounter","id":"E`)
	w.padded(r.i, 7)
	w.text("-")
	w.padded(r.k, 3)
	w.text(`","meta":{"source":"https://`, hospital, `.example/fhir"},"status":"`, r.status("in-progress", "finished"),
		`","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"`,
		[]string{"AMB", "AMB", "AMB", "AMB", "EMER", "IMP", "IMP", "VR", "VR", "FLD"}[r.dice.below(10)], `"}`)
	w.subject("subject", r.number)
	w.text(`,"serviceProvider":`)
	w.organisation(hospital)
	w.period(r)
}

func (w *writer) episode(r relationship) {
	holder := communityOf(r.home)
	if r.dice.below(3) == 0 {
		holder = mentalOf(r.home)
	}
	w.text(`{"resourceType":"EpisodeOfCare","id":"`)
	w.identity(r.bits)
	w.text(`","status":"`, r.status("active", "finished"), `"`)
	w.subject("patient", r.number)
	w.text(`,"managingOrganization":`)
	w.organisation(holder)
	w.period(r)
}

// referral appends a ServiceRequest with an id like the Unique Booking Reference Number of the
// national referral service: digits, in groups that are too short to hold an NHS number.
func (w *writer) referral(r relationship) {
	w.text(`{"resourceType":"ServiceRequest","id":"`)
	w.padded(int(r.bits>>32%1_000_000), 6)
	w.text("-")
	w.padded(r.i, 7)
	w.text("-")
	w.padded(r.k, 3)
	w.text(`","status":"`, r.status("active", "completed"),
		`","intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"3457005"}]}]`)
	w.subject("subject", r.number)
	w.text(`,"performer":[`)
	w.organisation(hospitalOf(r.home))
	w.text("],")
	w.date("authoredOn", r.start)
	w.text("}")
}

func (w *writer) caseload(r relationship) {
	w.text(`{"resourceType":"CareTeam","id":"`)
	w.identity(r.bits)
	w.text(`","status":"`, r.status("active", "inactive"), `"`)
	w.subject("subject", r.number)
	w.text(`,"managingOrganization":[`)
	w.organisation(communityOf(r.home))
	w.text("]")
	w.period(r)
}
