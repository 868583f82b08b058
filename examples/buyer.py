"""A buyer of the Jangteo exchange, with the standard library only.

    python3 buyer.py http://127.0.0.1:8080 me@example.kr 'my password' LISTING [VOUCHER]

orders a listing (with a voucher, if one is given), signs, and, once the seller has signed too, pays the own share, downloads the table, compares
its SHA-256 with the certificate's and accepts. `Exchange` is also usable from other programs.
"""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    """The exchange refused: `problem` is the RFC 9457 body."""

    def __init__(self, problem):
        self.problem = problem
        rule = f" ({problem['rule']})" if "rule" in problem else ""
        super().__init__(f"{problem.get('status')} {problem.get('code')}{rule}: {problem.get('detail')}")


class Exchange:
    def __init__(self, base, token=None, lang="en"):
        self.base, self.token, self.lang = base.rstrip("/"), token, lang

    def _open(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method)
        request.add_header("accept-language", self.lang)
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        if method == "POST":
            request.add_header("idempotency-key", uuid.uuid4().hex)
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            raise Refused(json.loads(error.read() or b"{}")) from None

    def get(self, path):
        with self._open("GET", path) as answer:
            return json.load(answer)

    def post(self, path, body=None):
        with self._open("POST", path, body) as answer:
            return json.load(answer)

    def login(self, email, password):
        tokens = self.post("/v1/login", {"email": email, "password": password})
        return Exchange(self.base, tokens["access_token"], self.lang)

    def order(self, listing, purpose, text, voucher=None):
        order = {"listing": listing, "purpose": purpose, "purpose_text": text}
        if voucher:
            order["voucher"] = voucher
        return self.post("/v1/contracts", order)

    def sign(self, contract):
        return self.post(f"/v1/contracts/{contract['id']}/sign", {"terms_hash": contract["terms_hash"]})

    def wait_signed(self, contract):
        while self.get(f"/v1/contracts/{contract['id']}")["state"] == "ordered":
            time.sleep(2)

    def fund(self, contract, proof):
        return self.post(
            f"/v1/contracts/{contract['id']}/fund",
            {"transferred": contract["own_payment"], "proof_sha256": hashlib.sha256(proof).hexdigest()},
        )

    def share(self, contracts, path, label="analysis", kind="bearer"):
        """Writes a profile of Delta Sharing for `contracts` to `path` (ends in .share). It holds a secret."""
        new = {"label": label, "kind": kind, "contracts": [contract["id"] for contract in contracts]}
        made = self.post("/v1/share-credentials", new)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made["profile"], file)
        return made["credential"]

    def download(self, contract, path):
        """Writes the table to `path`; raises ValueError unless its bytes are those of the certificate."""
        digest = hashlib.sha256()
        with self._open("GET", f"/v1/contracts/{contract['id']}/file") as answer, open(path, "wb") as file:
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
        with self._open("GET", f"/v1/contracts/{contract['id']}/certificate") as answer:
            payload = answer.read().split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        if digest.hexdigest() != claims["file_sha256"]:
            raise ValueError("the bytes are not those of the certificate")
        return path, claims

    def accept(self, contract):
        return self.post(f"/v1/contracts/{contract['id']}/accept")


def main():
    base, email, password, listing, *voucher = sys.argv[1:]
    me = Exchange(base).login(email, password)
    contract = me.order(listing, "process_improvement", "defect prediction", *voucher)
    me.sign(contract)
    me.wait_signed(contract)
    me.fund(contract, b"transfer receipt")
    path, claims = me.download(contract, "product.parquet")
    me.accept(contract)
    print(path, claims["rows"], "rows, grade", claims["grade"], claims["file_sha256"])


if __name__ == "__main__":
    main()
