package people

// problem is a long-standing condition, who has it from what age, and what is
// prescribed for it.
type problem struct {
	coded
	from     int // years of age
	medicine string
}

var problems = []problem{
	{coded{"195967001", "Asthma"}, 4, "91143003"},
	{coded{"37796009", "Migraine"}, 14, "90332006"},
	{coded{"197480006", "Anxiety disorder"}, 16, ""},
	{coded{"35489007", "Depressive disorder"}, 16, "96223000"},
	{coded{"84757009", "Epilepsy"}, 6, ""},
	{coded{"40930008", "Hypothyroidism"}, 25, "710809001"},
	{coded{"235595009", "Gastro-oesophageal reflux disease"}, 25, "25673006"},
	{coded{"271737000", "Anaemia"}, 18, ""},
	{coded{"414916001", "Obesity"}, 18, ""},
	{coded{"38341003", "Hypertensive disorder"}, 40, "108537001"},
	{coded{"44054006", "Type 2 diabetes mellitus"}, 38, "109081006"},
	{coded{"53741008", "Coronary arteriosclerosis"}, 50, "96304005"},
	{coded{"49436004", "Atrial fibrillation"}, 55, "48603004"},
	{coded{"13645005", "Chronic obstructive lung disease"}, 45, "91143003"},
	{coded{"709044004", "Chronic kidney disease"}, 55, ""},
	{coded{"396275006", "Osteoarthritis"}, 50, "90332006"},
	{coded{"84114007", "Heart failure"}, 62, "81609008"},
	{coded{"52448006", "Dementia"}, 72, ""},
}

var medicines = []coded{
	{"109081006", "Metformin"}, {"108537001", "Amlodipine"}, {"96304005", "Simvastatin"}, {"91143003", "Salbutamol"},
	{"25673006", "Omeprazole"}, {"710809001", "Levothyroxine"}, {"7947003", "Aspirin"}, {"90332006", "Paracetamol"},
	{"48603004", "Warfarin"}, {"81609008", "Furosemide"}, {"96223000", "Sertraline"}, {"108600003", "Atorvastatin"},
}

var allergies = []coded{
	{"91936005", "Allergy to penicillin"}, {"91935009", "Allergy to peanut"}, {"300913006", "Allergy to shellfish"},
	{"294505008", "Allergy to amoxicillin"}, {"232347008", "Allergy to animal dander"},
}

var vaccines = []coded{
	{"46233009", "Influenza vaccine"}, {"333598008", "Pneumococcal vaccine"}, {"39115611000001103", "COVID-19 mRNA vaccine"},
}

var operations = []coded{
	{"80146002", "Appendicectomy"}, {"73761001", "Colonoscopy"}, {"397956004", "Prosthetic arthroplasty of hip"},
	{"415070008", "Percutaneous coronary intervention"}, {"29303009", "Electrocardiographic procedure"},
}

// test is one laboratory test and its usual range.
type test struct {
	coded
	loinc      string
	low, high  float64
	unit, ucum string
}

var bloodCount = []test{
	{coded{"1022431000000105", "Haemoglobin estimation"}, "718-7", 115, 165, "g/L", "g/L"},
	{coded{"1022541000000102", "Total white cell count"}, "6690-2", 4, 11, "10*9/L", "10*9/L"},
	{coded{"1022651000000100", "Platelet count"}, "777-3", 150, 400, "10*9/L", "10*9/L"},
}

var chemistry = []test{
	{coded{"1000661000000107", "Serum sodium level"}, "2951-2", 133, 146, "mmol/L", "mmol/L"},
	{coded{"1000651000000109", "Serum potassium level"}, "2823-3", 3.5, 5.3, "mmol/L", "mmol/L"},
	{coded{"1000731000000107", "Serum creatinine level"}, "2160-0", 45, 110, "umol/L", "umol/L"},
	{coded{"1005671000000105", "Serum cholesterol level"}, "2093-3", 3.2, 6.8, "mmol/L", "mmol/L"},
	{coded{"1022791000000101", "Serum thyroid stimulating hormone level"}, "3016-3", 0.3, 5.5, "mU/L", "m[IU]/L"},
	{coded{"999791000000106", "Haemoglobin A1c level"}, "59261-8", 32, 75, "mmol/mol", "mmol/mol"},
}

var vitals = []test{
	{coded{"364075005", "Heart rate"}, "8867-4", 54, 98, "/min", "/min"},
	{coded{"276885007", "Core body temperature"}, "8310-5", 36.1, 37.9, "Cel", "Cel"},
	{coded{"431314004", "Peripheral oxygen saturation"}, "2708-6", 92, 100, "%", "%"},
	{coded{"86290005", "Respiratory rate"}, "9279-1", 11, 22, "/min", "/min"},
	{coded{"27113001", "Body weight"}, "29463-7", 48, 104, "kg", "kg"},
	{coded{"60621009", "Body mass index"}, "39156-5", 19, 36, "kg/m2", "kg/m2"},
}

// Items that a patient may want to keep to themselves. Some are labelled by the
// system that holds them, some are not: the code alone tells.
var (
	hiv         = coded{"86406008", "Human immunodeficiency virus infection"}
	syphilis    = coded{"76272004", "Syphilis"}
	termination = coded{"57797005", "Termination of pregnancy"}
)

// about are the sensitivity labels (v3 ActCode) of such items.
var about = map[coded]string{hiv: "HIV", syphilis: "STD", termination: "SEX"}

var disorders = []coded{
	{"13746004", "Bipolar disorder"}, {"58214004", "Schizophrenia"}, {"47505003", "Posttraumatic stress disorder"},
	{"191736004", "Obsessive-compulsive disorder"}, {"35489007", "Depressive disorder"},
}

var complaints = []coded{
	{"29857009", "Chest pain"}, {"267036007", "Dyspnoea"}, {"25064002", "Headache"}, {"386661006", "Fever"},
	{"161891005", "Backache"}, {"62315008", "Diarrhoea"}, {"422587007", "Nausea"},
}

var specialties = []coded{
	{"394579002", "Cardiology"}, {"394802001", "General medicine"}, {"394810000", "Rheumatology"},
	{"394609007", "General surgery"}, {"394594003", "Ear, nose and throat surgery"},
}
