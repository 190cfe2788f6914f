package fhir

// keyID is a member name that the filter acts on; keyOther is every other name.
type keyID uint8

const (
	keyOther keyID = iota
	keyActor
	keyBeneficiary
	keyCategory
	keyClass
	keyCode
	keyCoding
	keyConfidentiality
	keyContained
	keyContext
	keyDisplay
	keyEntry
	keyExtension
	keyFor
	keyElementID
	keyIdentifier
	keyIndividual
	keyLink
	keyMeta
	keyMode
	keyModifierExtension
	keyParticipant
	keyPatient
	keyPracticeSetting
	keyReference
	keyRelation
	keyResource
	keyResourceType
	keySearch
	keySecurity
	keySecurityLabel
	keyServiceCategory
	keyServiceType
	keySource
	keySpecialty
	keySubject
	keySystem
	keyText
	keyType
	keyURL
	keyUse
	keyValue
	keyVaccineCode
	keyValueAddress
	keyValueContactPoint
	keyValueHumanName
	keyMedicationCodeableConcept
	keyVersionID
	keyFullURL
	keyTotal
	keys // how many there are
)

var keyNames = [keys]string{
	keyActor: "actor", keyBeneficiary: "beneficiary", keyCategory: "category", keyClass: "class", keyCode: "code",
	keyCoding: "coding", keyConfidentiality: "confidentiality", keyContained: "contained", keyContext: "context",
	keyDisplay: "display", keyEntry: "entry", keyExtension: "extension", keyFor: "for", keyElementID: "id",
	keyIdentifier: "identifier", keyIndividual: "individual", keyLink: "link", keyMeta: "meta", keyMode: "mode",
	keyModifierExtension: "modifierExtension", keyParticipant: "participant", keyPatient: "patient",
	keyPracticeSetting: "practiceSetting", keyReference: "reference", keyRelation: "relation", keyResource: "resource",
	keyResourceType: "resourceType", keySearch: "search", keySecurity: "security", keySecurityLabel: "securityLabel",
	keyServiceCategory: "serviceCategory", keyServiceType: "serviceType", keySource: "source", keySpecialty: "specialty",
	keySubject: "subject", keySystem: "system", keyText: "text", keyType: "type", keyURL: "url", keyUse: "use",
	keyValue: "value", keyVaccineCode: "vaccineCode", keyValueAddress: "valueAddress",
	keyValueContactPoint: "valueContactPoint", keyValueHumanName: "valueHumanName",
	keyMedicationCodeableConcept: "medicationCodeableConcept", keyVersionID: "versionId", keyFullURL: "fullUrl",
	keyTotal: "total",
}

// keyTable finds a keyID by the folded hash of its name, by open addressing.
var keyTable = func() (table [256]keyID) {
	for k := keyOther + 1; k < keys; k++ {
		var h uint32
		for i := range len(keyNames[k]) {
			h = foldHash(h, keyNames[k][i])
		}
		at := uint8(h >> 24)
		for table[at] != keyOther {
			at++
		}
		table[at] = k
	}
	return table
}()

// foldHash takes one more byte of a name into its hash, capital letters as small
// ones, so that names that differ in case alone share their hash.
func foldHash(h uint32, c byte) uint32 { return (h ^ uint32(c|0x20)) * 0x9E3779B1 }

// lookupKey tells which name this is. A name that differs from one that matters
// in case alone is strange: a lenient reader (Go's own) would take it for that one.
func lookupKey(name []byte, hash uint32) (k keyID, strange bool) {
	for at := uint8(hash >> 24); ; at++ {
		k = keyTable[at]
		if k == keyOther {
			return keyOther, false
		}
		if known := keyNames[k]; len(known) == len(name) {
			if known == string(name) {
				return k, false
			}
			if equalFold(name, known) {
				return keyOther, true
			}
		}
	}
}

// equalFold compares ASCII names without regard to case. Names hold nothing but
// letters, digits and underscores, of which the fold confuses none but letters.
func equalFold(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(b) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}
