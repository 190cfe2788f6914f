package strictjson_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/strictjson"
)

// A long text is checked once, and then walked without copying it.
func ExampleMembers() {
	answer := []byte(`{"resourceType": "Bundle", "entry": [{"resource": {"id": "o1"}}]}`)
	if err := strictjson.Check(answer, strictjson.Answers); err != nil {
		fmt.Println(err)
		return
	}
	for m := range strictjson.Members(answer) {
		fmt.Printf("%s is %s\n", m.Name(), m.Value)
	}
	// Output:
	// resourceType is "Bundle"
	// entry is [{"resource": {"id": "o1"}}]
}

// One reader would take this for active, another for inactive.
func ExampleDecode() {
	_, err := strictjson.Decode([]byte(`{"status": "active", "Status": "inactive"}`), strictjson.Import)
	fmt.Println(err)
	// Output:
	// two names in one object differ in case alone
}
