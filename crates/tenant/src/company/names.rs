//! Names of people who do not exist, as mixed as a real house.

/// Given names.
#[rustfmt::skip]
pub(crate) const GIVEN: &[&str] = &[
    "Aaliyah", "Adaeze", "Agnieszka", "Aiko", "Alejandro", "Amara", "Amina", "Anders", "Anouk", "Antoine", "Arjun", "Astrid",
    "Aylin", "Beatriz", "Benedikt", "Bilal", "Bruna", "Camille", "Carlos", "Chiara", "Chinedu", "Clara", "Dagmar", "Dalia",
    "Daniel", "Deepa", "Dimitri", "Diyar", "Eilidh", "Elena", "Elif", "Emeka", "Emil", "Esra", "Fatou", "Felix", "Filippa",
    "Finn", "Gabriela", "Georgios", "Giulia", "Goran", "Grace", "Hakan", "Hana", "Hannah", "Haruto", "Henrik", "Hugo", "Ibrahim",
    "Ida", "Ilse", "Imani", "Ines", "Isabel", "Ivana", "Jakub", "Jamal", "Janneke", "Jasper", "Joana", "Johanna", "Jorge",
    "Julia", "Kaito", "Karim", "Katarzyna", "Keiko", "Kofi", "Lars", "Laszlo", "Layla", "Leon", "Lina", "Linnea", "Lorenzo",
    "Lucia", "Luuk", "Magnus", "Malik", "Marek", "Maria", "Marta", "Mateo", "Matilda", "Maya", "Mehmet", "Mei-Lin", "Mikael",
    "Milan", "Miriam", "Nadia", "Naomi", "Neha", "Nikolai", "Nina", "Noor", "Obinna", "Olga", "Omar", "Oscar", "Pavel", "Petra",
    "Pilar", "Piotr", "Priyanka", "Rachid", "Rana", "Rasmus", "Ravi", "Renata", "Rosa", "Ruben", "Sabine", "Said", "Sanne",
    "Selma", "Sergio", "Shirin", "Simone", "Sven", "Tamara", "Tariq", "Thea", "Thomas", "Tiago", "Tomás", "Ulrike", "Usha",
    "Valentina", "Vera", "Viktor", "Wanjiru", "Wen", "Xavier", "Yara", "Yasmin", "Yuki", "Zeynep", "Zofia", "Zoltan",
];

/// Family names.
#[rustfmt::skip]
pub(crate) const FAMILY: &[&str] = &[
    "Abara", "Abdi", "Aguilar", "Ahmadi", "Almeida", "Andersen", "Aydin", "Bakker", "Balogh", "Barbosa", "Baumann", "Becker",
    "Bello", "Bergström", "Bianchi", "Bjørnsen", "Bondarenko", "Bose", "Brandt", "Cardoso", "Carvalho", "Castillo", "Chaudhry",
    "Chen", "Christou", "Costa", "Cruz", "Dahl", "Danso", "De Vries", "Delgado", "Demir", "Diallo", "Dubois", "Dvořák", "Eriksen",
    "Esposito", "Farouk", "Ferreira", "Fischer", "Fontaine", "Forsberg", "Fujita", "Garcia", "Gashi", "Gomes", "Greco", "Gruber",
    "Gupta", "Hahn", "Hansen", "Hashimoto", "Hassan", "Heikkinen", "Herrera", "Hoang", "Hofmann", "Horvat", "Huber", "Hussain",
    "Ilić", "Inoue", "Iyer", "Jansen", "Jensen", "Johansson", "Kaplan", "Karlsson", "Kaur", "Keller", "Khalil", "Kim", "Kowalska",
    "Kraus", "Krishnan", "Kumar", "Lambert", "Larsen", "Laurent", "Lehmann", "Leone", "Lindqvist", "Lopez", "Lund", "Maier",
    "Mancini", "Marković", "Martins", "Mbeki", "Meier", "Mendes", "Moreau", "Moretti", "Mutua", "Nair", "Nakamura", "Navarro",
    "Nguyen", "Nielsen", "Novak", "Nowak", "Nwosu", "Oduya", "Okafor", "Olsen", "Ortega", "Osman", "Öztürk", "Papadakis", "Park",
    "Patel", "Pereira", "Petrov", "Popescu", "Quintero", "Rahman", "Ramos", "Rao", "Reyes", "Ricci", "Rossi", "Roux", "Sánchez",
    "Santos", "Sato", "Schäfer", "Schmid", "Seidel", "Shah", "Sharma", "Silva", "Singh", "Sørensen", "Sousa", "Steiner",
    "Svensson", "Szabó", "Takahashi", "Tanaka", "Teixeira", "Thapa", "Toth", "Traoré", "Tran", "Ueda", "Usman", "Vargas",
    "Vasquez", "Virtanen", "Vogel", "Wagner", "Walker", "Weber", "Wierzbicki", "Winkler", "Wong", "Yamamoto", "Yildiz",
    "Zahir", "Zimmermann", "Zhou",
];

/// Names that a page must bear: very long, right to left, other scripts. With the mail address's part.
pub(crate) const UNUSUAL: &[(&str, &str)] = &[
    ("ليلى الحدّاد", "layla.alhaddad"),
    ("Wolfeschlegelsteinhausenbergerdorff-Papadiamantopoulou, Maximiliane Konstantina", "m.papadiamantopoulou"),
    ("王小明", "xiaoming.wang"),
    ("יעל בן־דוד", "yael.bendavid"),
    ("O", "o"),
];

/// Projects, by code name.
#[rustfmt::skip]
pub(crate) const PROJECTS: &[&str] = &[
    "aurora", "basalt", "cobalt", "delta", "ember", "fjord", "granite", "harbour", "indigo", "juniper", "kestrel", "lantern",
    "meadow", "nimbus", "onyx", "pine", "quartz", "rowan", "sable", "tundra", "umbra", "violet", "willow", "zephyr",
];

/// The plain letters of a name, for a mail address: `Tomás Bjørnsen` gives `tomas.bjornsen`.
pub(crate) fn mail_part(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter.to_lowercase().next().unwrap_or(letter) {
            'a'..='z' | '0'..='9' => out.push(letter.to_ascii_lowercase()),
            'á' | 'ä' | 'à' | 'â' | 'ã' => out.push('a'),
            'é' | 'è' | 'ê' => out.push('e'),
            'í' | 'ì' => out.push('i'),
            'ö' | 'ø' | 'ó' | 'ô' | 'õ' => out.push('o'),
            'ü' | 'ú' => out.push('u'),
            'ć' | 'č' | 'ç' => out.push('c'),
            'ř' => out.push('r'),
            ' ' if !out.ends_with('.') => out.push('.'),
            _ => {}
        }
    }
    out
}
