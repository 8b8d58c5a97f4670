#include "retell/demo_account_parts.hpp"

namespace trunkline::retell::demo {

namespace {

std::string value_of(std::string_view key, business const& b, dice& d)
{
    if (key == "name") return std::string(b.name);
    if (key == "trade") return std::string(b.trade);
    if (key == "city") return std::string(name_of(b.where));
    if (key == "street") return std::string(b.street);
    if (key == "assistant") return std::string(b.assistant);
    if (key == "hours") return std::string(b.hours);
    if (key == "visit") return std::string(b.visit);
    if (key == "team") return std::string(b.team);
    if (key == "service") return std::string(b.services[d.below(b.services.size())].name);
    if (key == "urgent") return std::string(b.urgent[d.below(b.urgent.size())]);
    return {};
}

/// A heading and its paragraphs; a prompt takes as many of them as it has room for.
class section {
public:
    std::string heading;
    std::vector<std::string> paragraphs;
};

class prompt_writer {
public:
    explicit prompt_writer(std::size_t most) : most_(most) {}

    void add(section const& s)
    {
        bool headed = false;
        for (auto const& p : s.paragraphs) {
            std::string piece = headed ? "" : (text_.empty() ? "# " : "\n## ") + s.heading + "\n";
            piece += p + "\n";
            auto const length = characters(piece);
            if (length_ + length > most_) continue; // a shorter one may still fit
            text_ += piece;
            length_ += length;
            headed = true;
        }
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    std::size_t length_ = 0;
    std::size_t most_;
};

section introduction(business const& b, role const& r, dice& d)
{
    section s{std::string(title_of(b, r)) + " von " + std::string(b.name), {}};
    s.paragraphs.push_back(
        fill("Du bist %assistant%, die digitale Telefonassistentin von %name%, %trade% in %city%, "
             "%street%.",
            b, d));
    s.paragraphs.push_back(std::string(b.intro));
    s.paragraphs.push_back(fill(d.pick(std::span<std::string_view const>(r.missions)), b, d));
    return s;
}

template <class Lines>
section bullets(std::string_view heading, Lines const& lines, business const& b, dice& d)
{
    section s{std::string(heading), {}};
    for (std::string_view line : lines) s.paragraphs.push_back("- " + fill(line, b, d));
    return s;
}

section numbered_steps(role const& r, business const& b, dice& d)
{
    section s{"Ablauf", {}};
    int n = 0;
    for (auto line : r.steps) s.paragraphs.push_back(std::to_string(++n) + ". " + fill(line, b, d));
    return s;
}

std::string price_of(service const& s)
{
    return s.euro == 0 ? std::string("ohne Berechnung") : std::to_string(s.euro) + " Euro";
}

section services(business const& b)
{
    section s{"Leistungen, Dauer und Preise", {}};
    for (auto const& x : b.services) {
        auto const length =
            x.minutes >= 1440 ? std::string("über Nacht") : std::to_string(x.minutes) + " Minuten";
        s.paragraphs.push_back("- " + std::string(x.name) + ": " + length + ", " + price_of(x));
    }
    return s;
}

section questions(business const& b)
{
    section s{"Häufige Fragen", {}};
    for (auto const& q : b.questions)
        s.paragraphs.push_back(
            "Frage: " + std::string(q.asked) + "\nAntwort: " + std::string(q.answer));
    return s;
}

section details(business const& b)
{
    section s{"Was du erfragst", {}};
    for (auto const& x : b.details)
        s.paragraphs.push_back("- " + std::string(x.description) + " ({{" +
            std::string(x.variable) + "}}): „" + std::string(x.asked) + "“");
    return s;
}

section urgent(business const& b, dice& d)
{
    auto s = bullets("Dringende Fälle", b.urgent, b, d);
    s.paragraphs.push_back(fill(
        "In diesen Fällen fragst du nicht weiter, sondern verbindest sofort mit %team%; bei Gefahr "
        "für Menschen nennst du zuerst die 112.",
        b, d));
    return s;
}

section dialogues(role const& r, business const& b, dice& d)
{
    section s{"Beispiele", {}};
    int n = 0;
    for (auto text : r.dialogues)
        s.paragraphs.push_back("Beispiel " + std::to_string(++n) + ":\n" + fill(text, b, d) + "\n");
    return s;
}

/// What to do when the caller has come to the wrong agent: the neighbours' work, in short.
void add_neighbours(std::vector<section>& all, business const& b, role const& r, dice& d)
{
    for (auto kind :
        {role_kind::booking, role_kind::complaint, role_kind::night, role_kind::reception}) {
        if (kind == r.kind) continue;
        auto const& other = role_of(kind);
        auto s =
            bullets("Wenn der Anruf eigentlich zu „" + std::string(title_of(b, other)) + "“ gehört",
                other.steps, b, d);
        s.paragraphs.push_back("So kann das klingen:\n" +
            fill(other.dialogues[d.below(other.dialogues.size())], b, d) + "\n");
        all.push_back(std::move(s));
    }
}

std::vector<section> optional_sections(business const& b, role const& r, dice& d)
{
    std::vector<section> all{questions(b), details(b), urgent(b, d), dialogues(r, b, d),
        bullets("Grenzen deiner Aufgabe", r.limits, b, d), numbered_steps(r, b, d)};
    all.push_back(bullets("Besonderheiten bei " + std::string(b.name), b.rules, b, d));
    add_neighbours(all, b, r, d);
    for (auto const& pool : general_rules()) {
        all.push_back(bullets(pool.heading, pool.lines, b, d));
        d.shuffle(all.back().paragraphs);
    }
    d.shuffle(all);
    return all;
}

} // namespace

std::string dice::hex(std::size_t digits)
{
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string out;
    out.reserve(digits);
    while (out.size() < digits) out += alphabet[below(16)];
    return out;
}

std::string_view name_of(city c) noexcept
{
    constexpr std::string_view names[] = {
        "Berlin", "Frankfurt am Main", "Hamburg", "Köln", "München"};
    return names[static_cast<std::size_t>(c)];
}

std::span<business const* const> businesses()
{
    static std::vector<business const*> const all = [] {
        std::vector<business const*> list;
        // Trades take turns, so that neighbours in the account do not look alike.
        for (std::size_t n = 0; n < businesses_of_health().size(); ++n)
            for (auto group :
                {businesses_of_health(), businesses_of_craft(), businesses_of_service()})
                list.push_back(&group[n]);
        return list;
    }();
    return all;
}

std::size_t characters(std::string_view text) noexcept
{
    std::size_t n = 0;
    for (char c : text) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return n;
}

std::string fill(std::string_view pattern, business const& b, dice& d)
{
    std::string out;
    out.reserve(pattern.size() + 64);
    for (std::size_t at = 0; at < pattern.size();) {
        auto const open = pattern.find('%', at);
        auto const close = open == pattern.npos ? open : pattern.find('%', open + 1);
        if (close == pattern.npos) {
            out += pattern.substr(at);
            break;
        }
        out += pattern.substr(at, open - at);
        auto const with = value_of(pattern.substr(open + 1, close - open - 1), b, d);
        if (with.empty()) { // a percent sign of the text itself
            out += '%';
            at = open + 1;
            continue;
        }
        bool const contracts = with.starts_with("dem ") && out.ends_with("von ");
        if (contracts) out.replace(out.size() - 2, 2, "m "); // "von dem" is said "vom"
        out += contracts ? with.substr(4) : with;
        at = close + 1;
    }
    return out;
}

std::string make_prompt(business const& b, role const& r, std::size_t most, dice& d)
{
    prompt_writer out(most);
    out.add(introduction(b, r, d));
    out.add(bullets("Deine Aufgaben", r.tasks, b, d));
    out.add({"Öffnungszeiten", {std::string(b.hours) + "."}});
    out.add(services(b));
    for (auto const& s : optional_sections(b, r, d)) out.add(s);
    return out.take();
}

} // namespace trunkline::retell::demo
