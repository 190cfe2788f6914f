package people

// The names are common ones, put together by lot.
var (
	girls = []string{
		"Amelia", "Aisha", "Beatrice", "Bronwen", "Charlotte", "Chiara", "Dorothy", "Eleanor", "Emily", "Farah",
		"Fiona", "Gwen", "Hannah", "Harriet", "Imogen", "Jasmine", "Joan", "Katarzyna", "Leila", "Lucy",
		"Margaret", "Mei", "Nadia", "Olivia", "Patricia", "Priya", "Rosemary", "Ruth", "Saffron", "Sylvia",
		"Tamsin", "Thandiwe", "Ursula", "Violet", "Wendy", "Yasmin", "Zoë",
	}
	boys = []string{
		"Adam", "Arthur", "Bilal", "Benjamin", "Callum", "Cedric", "Daniel", "Dmitri", "Edward", "Ethan",
		"Farid", "George", "Gareth", "Harold", "Ibrahim", "Isaac", "James", "Jerome", "Kenneth", "Kwame",
		"Leonard", "Lewis", "Mohammed", "Neil", "Oliver", "Owen", "Peter", "Quentin", "Rajesh", "Robert",
		"Samuel", "Stanley", "Tariq", "Thomas", "Victor", "William", "Xavier", "Zachary",
	}
	families = []string{
		"Abbott", "Achebe", "Ahmed", "Atkins", "Barnes", "Bhatt", "Brooks", "Carter", "Chowdhury", "Clarke",
		"Davies", "Dixon", "Doyle", "Ellis", "Evans", "Fletcher", "Fraser", "Gill", "Grant", "Hargreaves",
		"Hughes", "Hussain", "Iqbal", "Jackson", "Kaur", "Kelly", "Khan", "Kowalski", "Lambert", "Lewis",
		"MacDonald", "Mensah", "Miller", "Morgan", "Nguyen", "Norris", "O'Brien", "Osborne", "Palmer", "Patel",
		"Pearce", "Quinn", "Rahman", "Reid", "Roberts", "Sato", "Sharma", "Simpson", "Singh", "Stevens",
		"Taylor", "Thorne", "Turner", "Underhill", "Vaughan", "Walker", "Watts", "Williams", "Wójcik", "Young",
	}
	streets = []string{
		"Mill Lane", "Church Street", "Orchard Way", "Station Road", "Weir Close", "Castle Hill", "The Maltings",
		"Chapel Row", "Fuller's Yard", "Meadow View", "Priory Gardens", "Quarry Road", "Tanner's Walk", "Ferry Road",
	}
	// towns are made up, and ZZ99 3 is no real postcode area of a dwelling.
	towns = []struct{ town, county string }{
		{"Wendbridge", "Wendshire"}, {"Upper Wend", "Wendshire"}, {"St Aldhelm's Cross", "Wendshire"},
		{"Larkfield Parva", "Wendshire"}, {"Marl Regis", "Marlshire"}, {"Northmoor", "Marlshire"}, {"Eastmere", "Marlshire"},
	}
)
