# A practice sees its own patient's record
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/own-gp/token)" 'http://127.0.0.1:8080/gp-riverside/fhir/Condition?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9995650088'

# Without permission: refused, and told how to ask
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/consultant/token)" 'http://127.0.0.1:8080/gp-riverside/fhir/MedicationRequest?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9994134574'

# The patient is asked, and says yes
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/consultant/token)" -H 'Content-Type: application/fhir+json' -d '{"category":[{"coding":[{"code":"permission-to-view","system":"https://mycarerecord.example/fhir/CodeSystem/consent-category"}]}],"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ1"}}],"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9994134574"}},"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555003000100"}}],"provision":{"period":{"end":"2026-03-02T10:00:00Z"},"type":"permit"},"resourceType":"Consent","scope":{"coding":[{"code":"patient-privacy","system":"http://terminology.hl7.org/CodeSystem/consentscope"}]},"status":"active"}' 'http://127.0.0.1:8080/gp-riverside/fhir/Consent'

# The same request is let in
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/consultant/token)" 'http://127.0.0.1:8080/gp-riverside/fhir/MedicationRequest?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9994134574'

# A GP routinely sees laboratory results and appointments elsewhere
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/own-gp/token)" 'http://127.0.0.1:8080/acute-st-aldhelm/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9995650088&category=http://terminology.hl7.org/CodeSystem/observation-category%7Claboratory'

# A specialist with a test order sees the medicines
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/laboratory-specialist/token)" 'http://127.0.0.1:8080/gp-riverside/fhir/MedicationRequest?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9993447366'

# The patient has opted out: refused, with the number to ring
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/consultant/token)" 'http://127.0.0.1:8080/gp-riverside/fhir/Condition?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9994719491'

# Nothing can be changed
curl -si -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:PORT/cast/own-gp/token)" -H 'Content-Type: application/fhir+json' -d '{"code":{"text":"Temperature"},"resourceType":"Observation","status":"final","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9995650088"}}}' 'http://127.0.0.1:8080/gp-riverside/fhir/Observation'

# The trail of one patient
mcr audit patient 9994134574 --trail 'data/trail.db'

# Who was refused, and why
mcr audit refused --trail 'data/trail.db'

