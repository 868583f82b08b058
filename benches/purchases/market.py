"""Makes a market through the public API: `market.py BASE OPERATOR_EMAIL PASSWORD BUYERS LISTINGS OUT.lua`.

Buyers get vouchers of ten million won; products cost ten won, so that no voucher is ever empty.
"""
import json
import sys
import time
import urllib.request
import uuid


class Api:
    def __init__(self, base, token=None):
        self.base, self.token = base, token

    def call(self, method, path, body=None, kind="text/csv"):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, method=method, data=data)
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        if method == "POST":
            request.add_header("idempotency-key", uuid.uuid4().hex)
        if body is not None:
            request.add_header("content-type", kind if isinstance(body, bytes) else "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")
        return json.loads(text) if text else None

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def get(self, path):
        return self.call("GET", path)


def business_no(nth, middle):
    """A number that passes the checksum (weights 1 3 7 1 3 7 1 3 5)."""
    digits = [int(digit) for digit in f"{200 + nth:03}{middle:02}{1000 + nth:04}"]
    total = sum(digit * weight for digit, weight in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5)))
    return "".join(map(str, digits)) + str((10 - (total + digits[8] * 5 // 10) % 10) % 10)


class Market:
    def __init__(self, base, email, password):
        self.base, self.people = base, 0
        self.operator = self.login(email, password)

    def login(self, email, password="0123456789"):
        return Api(self.base, Api(self.base).post("/v1/login", {"email": email, "password": password})["access_token"])

    def form(self, roles, size_class, middle):
        self.people += 1
        organisation = {"name": f"기업 {self.people}", "business_no": business_no(self.people, middle),
                        "representative": f"대표 {self.people}", "size_class": size_class, "ksic": "25913", "roles": roles}
        user = {"email": f"p{self.people}@bench.example", "name": "담당", "password": "0123456789"}
        return organisation, user

    def join(self, role):
        organisation, user = self.form([role], "sme", 81)
        made = Api(self.base).post("/v1/sign-up", {"organisation": organisation, "user": user})
        return self.login(user["email"]), made["organisation"]["id"]

    def agency(self):
        organisation, user = self.form(["agency"], "nonprofit", 82)
        organisation.pop("ksic")
        self.operator.post("/v1/staff", {"organisation": organisation, "user": user, "roles": ["agency"]})
        return self.login(user["email"])

    def listing(self, seller, rows):
        dataset = seller.post("/v1/datasets", {"title": "press"})["id"]
        version = seller.post(f"/v1/datasets/{dataset}/versions", {"file_name": "press.csv"})["id"]
        lines = [f"2024-06-10 00:{row // 60:02}:{row % 60:02},{100 + row % 7},{row % 13}.5" for row in range(rows)]
        seller.call("PUT", f"/v1/versions/{version}/content", ("time,pressure_bar,position_mm\n" + "\n".join(lines)).encode())
        seller.post(f"/v1/versions/{version}/finalise")
        while seller.get(f"/v1/versions/{version}")["state"] not in ("ready", "rejected"):
            time.sleep(0.1)
        basis = seller.post(f"/v1/versions/{version}/price-bases", {
            "method": "cost", "reproduction_cost": 10, "obsolescence_bp": 0, "margin_bp": 0, "buyers": 1})["id"]
        draft = {
            "title": {"ko": "프레스", "en": "Press"}, "summary": {"ko": "시계열", "en": "Series"},
            "description": {"process": {"ko": "성형", "en": "Forming"}, "equipment": {"ko": "프레스", "en": "Press"},
                            "ksic": "25913"},
            "price": 10, "price_basis": basis,
            "licence": {"model": "LUMP_SUM", "term_months": 36,
                        "scope": {"purposes": [], "users": 20, "sites": 1, "affiliates": False},
                        "exclusivity": "non_exclusive", "derived": "buyer_owns", "territory": "KR",
                        "delivery": "file", "updates": "corrections", "warranty": {"days": 14}},
            "attestation": {"right_to_sell": True, "no_third_party_rights": True}, "file_name": "press.parquet"}
        listing = seller.post("/v1/listings", {"version": version, "draft": draft})["id"]
        seller.post(f"/v1/listings/{listing}/submit")
        self.operator.post(f"/v1/listings/{listing}/approve")
        seller.post(f"/v1/listings/{listing}/publish")
        return listing

    def papers(self, who, org):
        """What an agreement needs: class, taxes, and the word that the firm collects data."""
        for kind, more in (("SIZE_CERT", "&size_class=sme"), ("TAX_NATIONAL", ""), ("TAX_LOCAL", "")):
            path = f"/v1/documents?kind={kind}&file_name=paper.pdf&expires_on=2199-12-31{more}"
            paper = who.call("POST", path, f"{kind} of {org}".encode(), "application/pdf")["id"]
            self.operator.post(f"/v1/documents/{paper}/verify", {"verdict": "verified", "reason": "bench"})
        who.call("PUT", f"/v1/organisations/{org}/declaration", {"collects_data": True})

    def voucher(self, agency):
        buyer, org = self.join("buyer")
        self.papers(buyer, org)
        agreement = agency.post("/v1/agreements", {"programme": "P15", "title": "구매", "recipient": org,
                                                   "support": 10_000_000, "purpose": "process_improvement"})
        terms = {"terms_hash": agreement["terms_hash"]}
        buyer.post(f"/v1/agreements/{agreement['id']}/sign", terms)
        signed = agency.post(f"/v1/agreements/{agreement['id']}/sign", terms)
        return {"token": buyer.token, "voucher": signed["voucher"]}


def main():
    base, email, password, buyers, listings, out = sys.argv[1:]
    market = Market(base, email, password)
    agency = market.agency()
    year = time.gmtime(time.time() + 9 * 3600).tm_year
    agency.post("/v1/programmes/P15/budget", {"fiscal_year": year, "amount": 1_000_000_000, "reason": "bench"})
    seller, _ = market.join("provider")
    listings = [market.listing(seller, 40 + nth) for nth in range(int(listings))]
    found = [market.voucher(agency) for _ in range(int(buyers))]
    with open(out, "w", encoding="utf-8") as lua:
        lua.write("return {\n  listings = {" + ", ".join(f'"{one}"' for one in listings) + "},\n  buyers = {\n")
        lua.writelines(f'    {{ token = "{one["token"]}", voucher = "{one["voucher"]}" }},\n' for one in found)
        lua.write("  },\n}\n")


main()
