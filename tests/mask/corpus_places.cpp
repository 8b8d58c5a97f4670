// Values whose key is no key of a document: options of commands, statements, settings, the head of
// a table, logs of servers, keys that are the user of a URL. And what looks like that.

#include "mask/corpus.hpp"

namespace corpus {
namespace {

std::string new_password(dice& d)
{
    return d.alnum(9) + d.from("23456789", 2);
}

std::string address_of_host(dice& d)
{
    return "203.0.113." + std::to_string(1 + d.below(254));
}

/// 30 characters and their CRC-32 in base 62.
std::string github(dice& d)
{
    static constexpr std::string_view base62 =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    auto token = d.alnum(30);
    std::uint32_t crc = 0xffffffff;
    for (char const c : token) {
        crc ^= static_cast<unsigned char>(c);
        for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    crc = ~crc;
    std::string sum(6, '0');
    for (std::size_t k = 6; k-- > 0; crc /= 62) sum[k] = base62[crc % 62];
    return token + sum;
}

} // namespace

void places(dice& d, std::vector<line>& out)
{
    auto const add = [&](std::string_view type, std::string before, std::string value,
                         std::string after) {
        line l;
        l.tier = tier::ordinary;
        l.type = type;
        l.before = std::move(before);
        l.value = l.plain = std::move(value);
        l.after = std::move(after);
        out.push_back(std::move(l));
    };
    class place {
    public:
        std::string_view before, after;
    };
    static constexpr place passwords[] = {{"mysql -u root -p", " app"},
        {"mysqldump -uroot -p", " app > dump.sql"}, {"sshpass -p ", " ssh root@db1"},
        {"redis-cli -h cache -a ", " ping"}, {"docker login -u bot -p ", " registry.example.org"},
        {"ldapsearch -D cn=admin -w ", " -b dc=example"}, {"requirepass ", "\n"},
        {"# redis\nmasterauth ", "\nport 6379\n"},
        {"machine api.example.org login bot password ", "\n"},
        {"machine api.example.org\n  login bot\n  password ", "\n"},
        {"CREATE USER 'app'@'%' IDENTIFIED BY '", "';"},
        {"CREATE USER app IDENTIFIED WITH caching_sha2_password BY '", "' REQUIRE SSL;"},
        {"ALTER ROLE app WITH LOGIN PASSWORD '", "';"}, {"SET PASSWORD FOR 'app'@'%' = '", "';"},
        {"user_id,password,city\n17,", ",Berlin\n"}, {"\"Nummer\";\"Passwort\"\n\"17\";\"", "\"\n"},
        {"id\tpassword\tn\n1\t\t2\n2\t", "\t3\n"}};
    for (auto const& p : passwords)
        add("PASSWORD", std::string(p.before), new_password(d), std::string(p.after));
    add("PERSON_NAME", "call_id,customer_name,n\ncall_1,", person(d), ",2\n");
    add("PHONE", "id,from_number,status\n1,", "0" + mobile(d), ",ended\n");
    add("IP_ADDRESS",
        "2026/11/28 10:11:12 [error] 12#12: *5 open() failed, client: ", address_of_host(d),
        ", server: example.org, request: \"GET / HTTP/1.1\"");
    add("IP_ADDRESS", "[Sat Nov 28 10:11:12 2026] [error] [client ", address_of_host(d),
        ":5123] denied");
    add("IP_ADDRESS", "sshd[12]: Failed password for root from ", address_of_host(d),
        " port 5123 ssh2");
    add("IP_ADDRESS", "fail2ban.actions: NOTICE [sshd] Ban ", address_of_host(d), "");
    auto const docker = base64("bot:" + new_password(d));
    add("BASIC_AUTH", "{\"auths\":{\"registry.example.org\":{\"auth\":\"", docker, "\"}}}");
    add("BASIC_AUTH", "//registry.example.org/:_auth=", docker, "\n");
    add("URL_PASSWORD", "SENTRY_DSN=https://", d.hex(32), "@o1.ingest.example.org/42");
    add("GITHUB_TOKEN", "token ", "ghp_" + github(d), " used");
    add("GITHUB_TOKEN", "x=", "ghs_" + d.alnum(36), ";");   // of a wrong sum
    add("GITHUB_TOKEN", "", "ghp_" + github(d), "andmore"); // where it ends is told by its sum
    add("PHONE", "Mobil ", "0664 " + d.from("23456789", 7), " (Wien)");
    add("PHONE", "ruf an: ", "079 " + d.from("23456789", 3) + " 45 " + d.from("23456789", 2),
        " danke");
}

void harmless_places(dice& d, std::vector<std::string>& out)
{
    static constexpr std::string_view lines[] = {"mysql -u root -p shop_db < dump.sql",
        "docker run -p 8080:80 nginx:1.22.1", "ssh -p 2222 db1.example.org", "mkdir -p /var/www/app",
        "login page password reset", "requirepass is an option of redis", "git commit -a -m 'fix'",
        "identified by the team as 'flaky'", "id,version,status\n1,2.0.1,ok\n2,2.0.2,ok\n",
        "Name, Telefon und Adresse bitte nennen\nDanke, gern, bis dann", "Name;Telefon\n;\n",
        "name,phone\n,\n{{name}},{{phone}}\n", "{\"auth\":\"none\"}", "{\"auth\":\"basicauth\"}",
        "client: connected, version 1.22.1.4, ok", "upgraded from 1.2.3.4 to 1.2.3.5",
        "https://docs.example.org/user@host", "Artikel 044 668 18 00 12", "0664 1234 Punkte",
        "https://user@example.org/path", "ghp_short", "password for 'app' is set"};
    for (auto const l : lines) out.emplace_back(l);
    out.push_back("sku,price,count\nA-" + d.digits(8) + ",12.50," + d.digits(5) + "\n");
}

} // namespace corpus
