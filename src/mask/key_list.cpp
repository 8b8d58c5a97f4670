#include "keys.hpp"

#include <string>

namespace trunkline::mask_detail {
namespace {

class key_row {
public:
    mask_type type;
    key_rule rule;
    std::string_view words; ///< Entries, separated by "|".
};

using enum mask_type;
using rule = key_rule;

constexpr key_row key_rows[] = {
    {generic_secret, rule::any,
        "api key|x retell signature|retell signature|secret value|api key value|stripe secret key|"
        "secret key base|app key|access key|secret key|secret|secrets|client "
        "secret|webhook secret|signing "
        "key|"
        "signing secret|encryption key|private key|token|api tokens|auth tokens|access "
        "tokens|refresh tokens|session tokens|credential|credentials|signature|"
        "hub signature 256|xi api key|schluessel|geheimnis|api schluessel|zugangsschluessel|api "
        "token|"
        "license key|master key|shared key|session key|account key|service key|ssh key|deploy key|"
        "subscription key|storage key|key secret|bearer|apikeys|api keys|auth key|hmac key|app "
        "secret|"
        "sas token|ice credential|passkey|sasl|auth secret|otp secret|totp secret|recovery codes|"
        "session secret|jwt secret|cookie secret|zugangsdaten|access code key|session token|"
        "x amz signature|x amz credential|x amz security token|x goog signature|x goog credential|"
        "secret access|client key|signing private key|consumer secret|consumer key|vault token|"
        "webhook signing key|integration key|write key|routing key secret|bot token|api secret|"
        "api secret key|phpsessid|jsessionid|sitzungsschluessel|"
        "auth token|remember token|reset token|csrf token|xsrf token|device token|push "
        "token|bearer "
        "token|invite token|verification token|user token|login token|"
        "jwt|id token|access token|refresh token|personal access token|seed phrase|mnemonic"},
    {aws_secret_key, rule::any, "aws secret access key|secret access key|aws secret|aws secret key"},
    {aws_access_key_id, rule::any, "aws access key id|access key id"},
    {twilio_auth_token, rule::any, "twilio auth token|twilio token"},
    {generic_secret, rule::authority, "authorization|proxy authorization|http authorization"},
    {password, rule::any,
        "password|passwords|passwd|pwd|pass|passphrase|passcode|passwort|kennwort|pgpassword|"
        "userpass|"
        "dbpass|dbpassword|mysqlpwd|smtppass|password hash|passwort hash|pw|user pass|losung|pass "
        "code|"
        "zugangspasswort|kennworte|passwoerter|userpassword|adminpassword|rootpassword|sshpass|"
        "auth password|master password|parole|kennwoerter|password confirmation|redis pass|mail "
        "pass|"
        "postgres pass|mysql pass|ftp pass|admin pass|root pass|db pwd"},
    {pin_otp, rule::pin,
        "pin|otp|totp|tan|mfa code|two factor code|verification code|einmalcode|pin code|otp code|"
        "2fa code|einmalpasswort|sms code|auth code|one time password|one time "
        "code|bestaetigungscode|"
        "mtan|sms tan|kundenpin|telefon pin|puk|pincode|geheimzahl|tan nummer|totp code|mfa|"
        "verifizierungscode|sicherheits pin|pin nummer|pin number|confirmation code|login code|"
        "security pin|access pin|2fa|backup code|einmal code|twofactor code|2 factor code"},
    {cvv, rule::cvv,
        "cvv|cvc|csc|cvv2|cvc2|card verification value|card verification code|card security code|"
        "security code|kartenpruefnummer|pruefziffer karte|card code|card cvv|card cvc|cid code|"
        "kartenpruefziffer|pruefnummer"},
    {person_name, rule::any,
        "first name|last name|middle name|full name|surname|given name|family name|maiden name|"
        "birth name|customer name|caller name|patient name|client name|contact name|guest name|"
        "staff name|billing name|account holder|account holder name|holder name|spoken "
        "name|vorname|"
        "nachname|familienname|kundenname|patientenname|anrufer name|ansprechpartner|anrufername|"
        "cardholder|cardholder name|card holder|card holder name|geburtsname|kunden name|user full "
        "name|"
        "patienten name|fullname|firstname|lastname|person name|employee name|member "
        "name|kontoinhaber|"
        "name des kunden|name des patienten|recipient name|sender name|owner name|insured name|"
        "shipping name|karteninhaber|callers name|name anrufer|legal name|parent name|spouse name|"
        "nachnahme|rufname|contact person|emergency contact|lead name|participant name|attendee "
        "name|"
        "customers name|tenant full "
        "name|spokenname|versicherter|empfaengername|gastname|mitarbeitername"},
    {phone, rule::phone,
        "phone|phones|phone number|phone numbers|mobile|mobile number|mobile phone|cell|cell "
        "number|"
        "cell phone|cellphone|telephone|telephone "
        "number|tel|telefon|telefonnummer|handy|handynummer|"
        "rufnummer|rueckrufnummer|festnetz|fax|fax number|from number|to number|caller "
        "number|caller id|"
        "callback number|callback|transfer destination|forwarding number|msisdn|contact number|"
        "mobilnummer|mobilfunknummer|festnetznummer|faxnummer|telefax|kundentelefon|tel nr|telnr|"
        "telefon nr|tel nummer|handy nr|mobil|mobiltelefon|rueckruf|rueckruf nummer|whatsapp|"
        "whatsapp number|transfer number|home phone|work phone|mobil nr|telefonnr|anrufernummer|"
        "durchwahl|phone no|ani|dnis|caller|callee|called number|calling number|dialed number|"
        "dialled number|sms number|from phone|to phone|destination number|rufnr|ruf "
        "nummer|telefone|"
        "emergency number|notfallnummer|notfallkontakt nummer|number from|number to|user number|"
        "customer number phone|phonenr|telephone no|mobile no|tel no|phone nr|handynr|"
        "transfer to|forward to|forwarding phone|support number|agent phone|redirect number|did "
        "number"},
    {email, rule::mail,
        "email|emails|e mail|mail|mail address|email address|e mail "
        "adresse|mailadresse|emailadresse|"
        "e mail address|email adresse|mail adresse|emailaddress|useremail|kontakt email|reply "
        "to|mailto"},
    {address, rule::any,
        "address|addresses|home address|billing address|shipping address|postal "
        "address|street|street address|"
        "strasse|anschrift|adresse|hausnummer|wohnadresse|lieferadresse|rechnungsadresse|"
        "wohnanschrift|"
        "address line|address line 1|street name|postanschrift|strasse hausnummer|lieferanschrift|"
        "privatadresse|home addr|mailing address|strassenname|kundenadresse|patientenadresse|"
        "residential address|wohnort adresse|addr|street line|house "
        "number|heimatadresse|rechnungsanschrift"},
    {date_of_birth, rule::digits,
        "date of birth|dob|birth date|birth day|birthdate|birthday|geburtsdatum|geburtstag|geb "
        "datum|"
        "gebdatum|geburts datum|born|born on|date birth|geboren|geboren am|geburtsdatum patient"},
    {iban, rule::digits, "iban|iban nummer|iban nr|iban number|ibannummer"},
    {bank_account, rule::digits,
        "bank account|bank account number|konto|kontonummer|account no bank|konto nr|kontonr|"
        "bankkonto|bankverbindung|bank account no|account number|konto nummer|routing number"},
    {credit_card, rule::digits,
        "card number|credit card|credit card number|kreditkarte|kreditkartennummer|pan|card no|cc "
        "number|"
        "ccnumber|kartennummer|karten nr|debit card|debit card number|payment card|kreditkarten nr|"
        "cardnum|card num|primary account number|ccnum|cc num|creditcardnumber|karten nummer"},
    {us_ssn, rule::digits,
        "ssn|social security number|social security|social security no|us ssn|ssn number|social "
        "sec no"},
    {de_tax_id, rule::digits,
        "tax id|steuer id|steuernummer|steueridentifikationsnummer|steuer nr|tax "
        "number|tin|steuerid|"
        "tax identification number|steuer nummer|idnr|steuer identifikationsnummer|taxpayer id|"
        "steuer ident nr|tax no"},
    {de_svnr, rule::digits,
        "sozialversicherungsnummer|svnr|rentenversicherungsnummer|sv nummer|rvnr|sv nr|"
        "sozialversicherungs nr|versicherungsnummer|social insurance number|rentenversicherungs "
        "nr"},
    {de_kvnr, rule::digits,
        "versichertennummer|kvnr|krankenversichertennummer|krankenversicherungsnummer|versicherten "
        "nr|"
        "versichertennr|versicherten nummer|health insurance number|versicherten id|kv nummer|"
        "krankenkassennummer|kv nr|insurance number"},
    {de_id_card, rule::digits,
        "id card|id card number|personalausweis|personalausweisnummer|ausweisnummer|ausweis nr|"
        "personalausweis nummer|identity card|identity card number|perso nr|personalausweis nr|"
        "national id|ausweis nummer|ausweis|id card no"},
    {id_document, rule::digits,
        "passport|passport number|passport no|reisepass|reisepassnummer|driver license|drivers "
        "license|"
        "driver s license|driver license number|drivers license number|driver s license number|"
        "driving license|driving licence|driving licence number|fuehrerschein|fuehrerscheinnummer|"
        "pass nummer|passnummer|passport nr|fuehrerschein nr|id document|reisepass nr|"
        "reisepass nummer|pass nr|fuehrerschein nummer|drivers licence|driver licence|"
        "driver licence number|drivers licence number|ausweisdokument|passport id|id document "
        "number"},
    {medical_id, rule::digits,
        "medical id|medical record number|mrn|patient id|patient number|patientennummer|patienten "
        "id|"
        "patienten nr|medical record|health id|medical number|medical record no|krankenakte|"
        "patientenakte|fallnummer|patientennr|patienten nummer|patient no"},
    {customer_account_number, rule::digits,
        "customer account number|customer account|kundenkonto|"
        "kundenkontonummer|customer account no|kunden konto|kundenkonto nr|client account number"},
    {ip_address, rule::ip,
        "ip|ip address|x real ip|client ip|remote ip|remote addr|x forwarded for|forwarded "
        "for|real ip|ip "
        "adresse|"
        "ipaddress|clientip|remoteaddr|source ip|src ip|user ip|peer ip|client address|remote "
        "address|"
        "ip addr|ips|cf connecting ip|true client ip|remote host|client addr|peer addr|last login "
        "ip|"
        "rhost|rip|srcip|ipv4|ipv6|visitor ip|login ip|origin ip|host ip|dst ip|ip adresse client"},
    {cookie, rule::cookie, "cookie|set cookie|session cookie|cookies|http cookie"},
    {transcript, rule::transcript,
        "transcript|scrubbed transcript|call summary|transkript|gespraechstext|transcription|"
        "chat summary|transcript text|chat transcript|call transcript|detailed call summary"},
    {transcript, rule::path_speech,
        "transcript object|transcript with tool calls|scrubbed transcript object|"
        "scrubbed transcript with tool calls|message with tool calls|transcripts"},
    {transcript, rule::path_words, "words"},
    {transcript, rule::speech, "content|word|arguments|result|message|utterance"},
    {transcript, rule::strings,
        "custom analysis data|collected dynamic variables|scrubbed custom analysis data|"
        "scrubbed collected dynamic variables"},
    {capability_url, rule::capability,
        "recording url|recording multi channel url|scrubbed recording url|multi channel recording "
        "url|"
        "scrubbed recording multi channel url|public log url|knowledge base retrieved contents url|"
        "multichannel recording url|signed url|presigned url|recording link|"
        "aufnahme url|pre signed url|recording uri|aufzeichnung url|recording"},
    {url_query_secret, rule::webhook,
        "webhook url|inbound webhook url|inbound sms webhook url|llm websocket "
        "url|webhook|websocket url|"
        "callback url|hook url|mcp url|server url"},
    {generic_secret, rule::path_tools,
        "general tools|tools|mcps|mcp servers|state tools|custom tools|mcp|component tools"},
    {generic_secret, rule::headers, "headers|query params|query parameters|custom headers"},
    {url_query_secret, rule::tool_link, "url|tool url"},
    {phone, rule::sip, "custom sip headers|sip headers"},
    {generic_secret, rule::pair_name,
        "name|key|header|field|param|parameter|header name|k|attribute"},
    {generic_secret, rule::pair_value,
        "value|val|v|contents|content value|header value|default value|field value"},
    {url_query_secret, rule::query_only, "sig|policy|sign|hmac|magic|sas"},
    {url_query_secret, rule::query_long, "key|hash|session|sid|auth|auth code"},
    {url_query_secret, rule::query_code, "code"},
    {generic_secret, rule::call_id, "call id|retell call id"},
    // Words that end like the above and mean something else.
    {generic_secret, rule::none,
        "cache key|sort key|primary key|foreign key|public key|partition key|object key|index key|"
        "ust id nr|umsatzsteuer id nr|vat id nr|mwst id nr|image pull secret|image pull secrets|"
        "total token|num token|n token|anzahl "
        "token|prompt token|completion token|"
        "page token|next page token|pagination token|continuation token|next token|sync token|"
        "cancellation token|design token|max token|max tokens|total tokens|prompt tokens|"
        "completion tokens|input tokens|output tokens|cached tokens|reasoning tokens|llm "
        "tokens|num tokens|"
        "tokens used|stop tokens|special tokens|special token|stop token|eos token|pad token|bos "
        "token|"
        "function signature|method signature|email signature|type signature|key signature|time "
        "signature|"
        "mac address|memory address|contract address|web address|base address|start address|bind "
        "address|"
        "listen address|address bar|broadcast address|host address|ip address range|server address|"
        "remaining tokens|budget tokens|average tokens|n tokens|public token|csrf token name|"
        "callback phone type|boarding pass|by pass|tests pass|first pass|second pass|multi pass|"
        "single pass|render pass|one pass|two pass|pass rate|spam mail|voice mail|voicemail|send "
        "mail|"
        "tool name|former node name|new node name|agent name|voice name|host name|file "
        "name|function name|service name|"
        "company name|branch name|event name|table name|column name|queue name|class name|"
        "default mobile|is mobile|mobile first|table cell|excel cell|active cell|unit cell|fuel "
        "cell|"
        "shell pid|pan zoom|pan tilt|zoom pan|street view|easy street|google auth|basic auth|"
        "require auth|needs auth|is auth|two factor auth|oauth|has auth|with auth|no auth|auth "
        "mode|"
        "voicemail option|voicemail message|content type|id|email template|mail template|mail "
        "driver|"
        "mail mailer|mail host|mail port|error message|begin message|log message|commit message|"
        "file content|page content|static content|search result|test result|validation result|"
        "end call message|voicemail detection|reminder message|default value|key value|host ip "
        "list|"
        "sort by key|sort|keyword|keywords|boosted keywords|hot key|short key|shortcut key|map key|"
        "translation key|lang key|enter key|any key|row key|hash key|range key|dedup key|dedupe "
        "key|"
        "idempotency key|routing key|unique key|natural key|composite key|candidate key|message "
        "key|"
        "issue key|project key|config key|json key|redis key|storage bucket key|s3 key|label key|"
        "registry key|group key|lock key|rate limit key|i18n key|public api key|publishable "
        "key|site key|"
        "bytes received|numbers|version|result count|return address|e mail verified|email "
        "verified"},
};

/// Who something is said of. Two words say nothing new ("customer phone" ends in "phone"), one
/// does: "customerphone", "PATIENTDOB".
constexpr std::string_view roles[] = {"customer", "caller", "patient", "client", "contact", "guest",
    "user", "member", "employee", "tenant", "owner"};
constexpr key_row said_of_roles[] = {
    {phone, rule::phone, "phone|phone number|mobile|mobile number"},
    {email, rule::mail, "email|mail"},
    {address, rule::any, "address|street"},
    {date_of_birth, rule::digits, "dob|birth date|date of birth"},
    {iban, rule::digits, "iban"},
    {password, rule::any, "password|pass|pwd"},
};

template <class F>
void for_each_entry(std::string_view words, F add)
{
    while (!words.empty()) {
        auto const end = words.find('|');
        add(words.substr(0, end));
        words.remove_prefix(end == words.npos ? words.size() : end + 1);
    }
}

} // namespace

void add_known_keys(key_table& table)
{
    for (auto const& r : said_of_roles)
        for_each_entry(r.words, [&](std::string_view noun) {
            for (auto const role : roles)
                table.add(std::string(role) + ' ' + std::string(noun), {r.type, r.rule});
        });
    for (auto const& r : key_rows)
        for_each_entry(r.words, [&](std::string_view entry) {
            table.add(entry, {r.type, r.rule});
        });
}

} // namespace trunkline::mask_detail
