package past

import (
	"slices"
	"time"
)

// The purposes of which patients are told, in the words of those who ask.
var (
	clinics = []string{"Review in the outpatient clinic", "Medicines before an operation", "Planning the next scan", "To see what the GP has prescribed",
		"Results before today's appointment", "Follow-up after discharge"}
	wards         = []string{"Medicines on admission", "Allergies before antibiotics", "Handover on the ward", "Falls on the ward: what is known at home"}
	outOfHoursFor = []string{"Seen at home tonight", "Short of breath this evening", "Pain since this morning", "Prescription needed before Monday"}
	atHome        = []string{"Wound care at home", "Insulin at home this week", "Catheter change at home", "Review of pressure areas"}
	mentalHealth  = []string{"First assessment by the team", "Review of medicines with the team", "Plan for a crisis"}
	socialCare    = []string{"Assessment of needs at home", "Support after leaving hospital", "Review of the care package", "Equipment at home"}
	onTheWay      = []string{"Fell at home, ambulance called", "Chest pain, on the way to hospital", "Confused since this morning"}
	byTelephone   = []string{"Called 111 about a rash", "Called 111 with stomach pain", "Called 111 about missed medicines", "Called 111: a child's parent asks"}
)

// The emergencies of ordinary days, each with its listed reason.
var emergencies = []struct{ code, words string }{
	{"life-threatening", "Unconscious at home after a fall, medicines not known"},
	{"unable-to-consent", "Stroke symptoms, cannot speak, needs to know about blood thinners"},
	{"life-threatening", "Anaphylaxis, needs to know what they are allergic to"},
	{"unable-to-consent", "Found confused in the street, nobody with them"},
	{"safeguarding", "Says that somebody at home hurts them, needs to know whether this is known"},
}

// routine is a practice that looks at its own patient's record, and at what is routine elsewhere.
func routine(t *telling) {
	t.collect([]string{t.who.Source}, whole...)
	var hospitals []string
	for _, source := range t.holders() {
		if source == stAldhelm || source == northmoor {
			hospitals = append(hospitals, source)
		}
	}
	if len(hospitals) == 0 {
		return
	}
	t.wait(20 * time.Second)
	t.collect(hospitals, results, reports, bookings)
	if t.IntN(5) == 0 { // more than is routine
		t.wait(time.Minute)
		t.collect(hospitals[:1], letters)
	}
}

// asked is a visit at which the patient is asked.
func asked(how string, purposes []string, lasts time.Duration) func(*telling) {
	return func(t *telling) {
		elsewhere := t.elsewhere()
		if t.IntN(2) == 0 {
			t.collect(elsewhere) // who it is, before anybody was asked
			t.wait(time.Minute)
		}
		a := answer{how: how, purpose: pick(t.Rand, purposes), lasts: lasts}
		switch lot := t.IntN(20); {
		case lot == 0: // nobody is asked
			t.collect(elsewhere, whole...)
			return
		case lot <= 2:
			t.says(false, a)
			if lot == 1 { // and somebody looks all the same
				t.wait(time.Minute)
				t.collect(elsewhere[:1], whole...)
			}
			return
		case lot == 3:
			a.sensitive = true
		case lot == 4:
			a.sources = []string{t.patient.GP}
		}
		id, ok := t.says(true, a)
		if !ok {
			return // opted out
		}
		t.wait(30 * time.Second)
		parts := whole
		if t.IntN(2) == 0 {
			parts = slices.Concat(whole, []ask{pick(t.Rand, further)})
		}
		t.collect(elsewhere, parts...)
		switch t.IntN(12) {
		case 0:
			t.wait(10 * time.Minute)
			t.withdraws(id, how)
			t.wait(5 * time.Minute)
			t.collect(elsewhere[:1], medicines)
		case 1: // comes back when it is over
			t.now = t.now.Add(lasts + time.Hour)
			t.subject.Session = t.random(16)
			t.collect(elsewhere[:1], medicines)
		}
	}
}

// elsewhere are those who hold a record, but for the professional's own organisation; the practice at least.
func (t *telling) elsewhere() []string {
	all := slices.DeleteFunc(t.holders(), func(source string) bool { return source == t.who.Source })
	if len(all) == 0 {
		all = []string{t.patient.GP}
	}
	return all
}

// interpret is a test that is to be interpreted: medicines and problems of the practice.
func interpret(t *telling) {
	t.collect([]string{t.patient.GP}, medicines, problems)
	if t.IntN(4) == 0 {
		t.wait(time.Minute)
		t.collect([]string{t.patient.GP}, letters) // more than was ordered
	}
}

// crew is an ambulance that was called.
func crew(t *telling) {
	t.called("call")
	if t.trial(t.now) && t.IntN(3) == 0 && t.who.Name != WithoutFollow {
		t.collect(t.elsewhere())
		t.wait(time.Minute)
		e := pick(t.Rand, emergencies)
		if _, ok := t.declares(e.code, e.words); ok {
			t.collect(t.elsewhere(), whole...)
		}
		return
	}
	asked("in-person", onTheWay, 12*time.Hour)(t)
}

// helpline is a call to 111.
func helpline(t *telling) {
	t.called("call")
	asked("telephone", byTelephone, 4*time.Hour)(t)
}

// notEntitled is somebody whose role does not see records of others.
func notEntitled(t *telling) { t.collect(t.elsewhere()[:1], bookings) }
