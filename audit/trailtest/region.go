package trailtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/audit"
)

// Region makes the records of a busy day at one broker, one after the other: varied as
// those of a demo run are, and with everything random that is random in life (ids, salts,
// traces, tokens, HMACs, the ids of resources), so that what a record takes on disk
// can be measured. The same seed gives the same records.
//
// Thousands of patients have a few dozen resources at each of twelve sources; some
// hundred professionals look at several sources at once, a few visits being under way
// at any time.
type Region struct {
	rnd     *rand.Rand
	now     time.Time
	people  []person
	seed    uint64
	visits  []*visit
	patient map[int]known
}

type person struct {
	id, name, role, roleName, org, orgName string
	token                                  string
	left                                   int // visits until a new token
}

type known struct{ hmac, shown, permission, relationship string }

type visit struct {
	who     *person
	patient int
	trace   string
	agent   string
	left    int
}

// regionPatients is how many patients a Region has.
const regionPatients = 4000

var regionSources = []struct{ id, org, kind, name, phone string }{
	{"gp-riverside", "Z91001", "gp", "Riverside Surgery", "01632 960101"}, {"gp-hilltop", "Z91002", "gp", "Hilltop Practice", "01632 960102"},
	{"gp-market", "Z91003", "gp", "Market Street Surgery", "01632 960103"}, {"acute-st-aldhelm", "RZ1", "acute", "St Aldhelm's Hospitals NHS Trust", "01632 960201"},
	{"acute-northmoor", "RZ2", "acute", "Northmoor NHS Foundation Trust", "01632 960202"}, {"mental-health", "RZ3", "mental-health", "Westvale Partnership NHS Trust", "01632 960203"},
	{"community", "RZ4", "community", "Westvale Community Health", "01632 960204"}, {"ambulance", "RZ5", "ambulance", "Western Ambulance Service", "01632 960205"},
	{"ooh-111", "RZ6", "out-of-hours", "Westvale 111", "01632 960206"}, {"county-social-care", "Z80", "county", "Westvale County Council", "01632 960301"},
	{"hospice", "RZ7", "hospice", "St Brannoc's Hospice", "01632 960302"}, {"gp-harbour", "Z91004", "gp", "Harbour Medical Centre", "01632 960104"},
}

var regionTypes = []struct{ name, category, query string }{
	{"MedicationRequest", "medications", ""}, {"Observation", "laboratory", "&category=http://terminology.hl7.org/CodeSystem/observation-category%7Claboratory"},
	{"Condition", "conditions", ""}, {"AllergyIntolerance", "allergies", ""}, {"Immunization", "immunisations", ""}, {"Procedure", "procedures", ""},
	{"Encounter", "encounters", ""}, {"DocumentReference", "documents", ""}, {"Appointment", "appointments", ""}, {"CarePlan", "care-plans", ""},
}

// NewRegion begins a day. begin is its first moment.
func NewRegion(seed uint64, begin time.Time) *Region {
	g := &Region{rnd: rand.New(rand.NewPCG(seed, 11)), now: begin, seed: seed, patient: map[int]known{}}
	given := []string{"Amara", "Helen", "Tom", "Priya", "Wei", "Olu", "Grace", "Ruth", "Dafydd", "Sana", "Kofi", "Ines"}
	family := []string{"Okafor", "Marchetti", "Hughes", "Nair", "Zhang", "Adeyemi", "Whitcombe", "Pryce", "Rahman", "Lindqvist", "Mensah", "Duarte", "Fell", "Osgood"}
	roles := [][2]string{{"R0050", "Consultant"}, {"R0260", "General Medical Practitioner"}, {"R0600", "Specialist Nurse Practitioner"}, {"R0370", "Pharmacist"}, {"R8003", "Health Professional Access Role"}}
	for i := range 400 {
		org, role := regionSources[i%len(regionSources)], roles[g.rnd.IntN(len(roles))]
		g.people = append(g.people, person{
			id:   fmt.Sprintf("5550%08d", g.rnd.IntN(1e8)),
			name: "Dr " + given[g.rnd.IntN(len(given))] + " " + family[g.rnd.IntN(len(family))],
			role: role[0], roleName: role[1], org: org.org, orgName: org.name,
		})
	}
	return g
}

// Next gives the next record, as a broker gives it to its journal but for the name of
// the broker and the salt, which are there already.
func (g *Region) Next() *audit.Record {
	g.now = g.now.Add(time.Duration(g.rnd.ExpFloat64() * float64(80*time.Millisecond)))
	for len(g.visits) < 6 {
		g.visits = append(g.visits, g.visit())
	}
	at := g.rnd.IntN(len(g.visits))
	v := g.visits[at]
	if v.left--; v.left == 0 {
		g.visits = append(g.visits[:at], g.visits[at+1:]...)
	}
	return g.record(v)
}

func (g *Region) visit() *visit {
	who := &g.people[g.rnd.IntN(len(g.people))]
	if who.left--; who.left < 0 {
		who.token, who.left = hex.EncodeToString(g.bytes(16)), g.rnd.IntN(8)
	}
	agents := []string{"mcr-collect", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36", "SystmOne-Viewer/7.2", "Go-http-client/1.1"}
	return &visit{who: who, patient: g.rnd.IntN(regionPatients), trace: hex.EncodeToString(g.bytes(16)), agent: agents[g.rnd.IntN(len(agents))], left: 1 + g.rnd.IntN(9)}
}

func (g *Region) bytes(n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, g.rnd.Uint64())
	}
	return b[:n]
}

// uuid gives a UUIDv7 of a time.
func (g *Region) uuid(at time.Time) string {
	u := uuid.UUID(g.bytes(16))
	ms := at.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6], u[8] = u[6]&0x0f|0x70, u[8]&0x3f|0x80
	return u.String()
}

func (g *Region) known(patient int) known {
	k, ok := g.patient[patient]
	if !ok {
		k = known{
			hmac: hex.EncodeToString(g.bytes(32)), shown: "enc1:" + base64.RawURLEncoding.EncodeToString(g.bytes(38)),
			permission: g.uuid(g.now.Add(-time.Duration(g.rnd.IntN(1e6)) * time.Second)), relationship: fmt.Sprintf("region|Encounter/%s", hex.EncodeToString(g.bytes(9))),
		}
		g.patient[patient] = k
	}
	return k
}

// resources gives what a source has of a patient, the same each time.
func (g *Region) resources(patient, source, kind int) (all []string) {
	own := rand.New(rand.NewPCG(g.seed, uint64(patient)<<20|uint64(source)<<10|uint64(kind)))
	for range own.IntN(9) {
		all = append(all, fmt.Sprintf("%s/%018x/_history/%d", regionTypes[kind].name, uint64(own.Uint64())>>1, 1+own.IntN(4)))
	}
	return all
}

func (g *Region) record(v *visit) *audit.Record {
	s, t := g.rnd.IntN(len(regionSources)), g.rnd.IntN(len(regionTypes))
	source, kind, k := regionSources[s], regionTypes[t], g.known(v.patient)
	home := regionSources[v.patient%3] // the patient's practice
	spent := func(most float64) int64 { return int64(g.rnd.ExpFloat64() * most) }
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: g.uuid(g.now), Broker: "westvale", TimeIn: g.now, TraceID: v.trace, Salt: base64.RawURLEncoding.EncodeToString(g.bytes(16)),
		Outcome: audit.Released, Status: 200, Effect: "permit", Reasons: []string{"permission-to-view"}, Rules: []string{"permission"},
		Revision: "2026-11-02.3", Digest: "0b877e588c970b2f6d66d758e0c0128acca4f5e4f5d6586f3361720f55580af2",
		UserID: v.who.id, UserName: v.who.name, RoleCode: v.who.role, RoleName: v.who.roleName, UserOrg: v.who.org, UserOrgName: v.who.orgName,
		Client: "westvale-portal", TokenID: v.who.token, Issuer: "https://signin.westvale.example", Assurance: "AAL3", Purpose: "direct-care",
		ClientIP: fmt.Sprintf("10.%d.%d.%d", len(v.who.org), len(v.who.name)*3%256, v.patient%200), UserAgent: v.agent,
		PatientHMAC: k.hmac, PatientShown: k.shown, Source: source.id, SourceOrg: source.org,
		Action: "view", Interaction: "search-type", ResourceType: kind.name, Query: kind.name + "?_count=50" + kind.query,
		Spent: audit.Spent{Parse: 2 + spent(8), Token: 60 + spent(100), Gather: spent(200), Decide: 40 + spent(40)},
	}
	permissions := fmt.Sprintf(`{"state":"known","value":[{"from":%d,"given":true,"how":"in-person","id":"%s","organisation":"%s","recorded_ms":%d,"sensitive":false,"sources":[],"until":%d,"user_id":"%s","withdrawn":false}]}`,
		g.now.Unix()/1000*1000-3600, k.permission, v.who.org, g.now.UnixMilli()/100_000*100_000, g.now.Unix()/1000*1000+86400, v.who.id)
	switch g.rnd.IntN(20) {
	case 0, 1, 2:
		r.Outcome, r.Status, r.Effect, permissions = audit.Refused, 403, "deny", `{"state":"absent"}`
		r.Reasons = [][]string{{"permission-needed", "category-not-routine"}, {"opted-out"}, {"no-active-care-relationship"}, {"permission-withdrawn"}}[g.rnd.IntN(4)]
		r.Rules = []string{"permission", "routine_gp"}
	case 3:
		r.Outcome, r.Status, r.Reasons = audit.Failed, 502, []string{"source-unavailable"}
		r.Spent.Fetch = 3e6 + spent(1e6)
	default:
		if t == 1 || t == 8 {
			r.Reasons, r.Rules, permissions = []string{"routine-gp-access"}, []string{"routine_gp"}, `{"state":"absent"}`
		} else {
			r.Permission = k.permission
		}
		r.Relationship = k.relationship
		r.Resources = g.resources(v.patient, s, t)
		if n := len(r.Resources); n > 0 {
			r.Categories, r.Types = map[string]int{kind.category: n}, map[string]int{kind.name: n}
		}
		if g.rnd.IntN(10) == 0 {
			r.Withheld, r.Causes = map[string]int{"label-withheld": 1 + g.rnd.IntN(3)}, map[string]int{"not-understood " + kind.name + ".subject": 1}
		}
		r.SourceStatus, r.BytesReleased = 200, int64(400+len(r.Resources)*1200)+spent(300)
		r.BytesReceived = r.BytesReleased*5/4 + spent(200)
		r.Spent.Fetch, r.Spent.Filter = 20e3+spent(60e3), 30+spent(200)
	}
	r.TimeOut = r.TimeIn.Add(time.Duration(r.Spent.Parse+r.Spent.Token+r.Spent.Gather+r.Spent.Decide+r.Spent.Fetch+r.Spent.Filter+5)*time.Microsecond + time.Duration(g.rnd.IntN(1000)))
	r.Input = json.RawMessage(fmt.Sprintf(`{"facts":{"emergencies":{"state":"absent"},"identity":{"state":"known","value":{"superseded":0}},"national_opt_out":{"state":"absent"},"opt_out":{"state":"absent"},"permissions":%s,`+
		`"registration":{"state":"known","value":{"from":0,"id":"region|Patient/%s#registration","name":"%s","organisation":"%s","telephone":"%s","until":253402300799}},`+
		`"relationships":{"state":"known","value":[{"ended":false,"from":%d,"id":"%s","kind":"admission","organisation":"%s","until":253402300799}]},"restriction":{"state":"absent"},"subject_is_patient":{"state":"absent"},"test_orders":{"state":"absent"}},`+
		`"patient":{"known":true},"request":{"action":"view","categories":["%s"],"interaction":"search-type","purpose":"direct-care","type":"%s"},"source":{"id":"%s","kind":"%s","organisation":"%s"},`+
		`"subject":{"assurance":"AAL3","organisation":"%s","role":"%s","user_id":"%s"},"time":%d}`,
		permissions, k.relationship[17:], home.name, home.org, home.phone, 1743033600+v.patient*3600, k.relationship, v.who.org,
		kind.category, kind.name, source.id, source.kind, source.org, v.who.org, v.who.role, v.who.id, g.now.Unix()))
	return r
}
