"""Makes a proof with jwcrypto: pip install jwcrypto==1.6.1, then python make.py"""
import base64, hashlib, json, sys, time
from jwcrypto import jwk, jwt

method, address, token = "GET", "https://broker.example/gp-riverside/fhir/Observation", "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
made = []
for alg, form in [("ES256", dict(kty="EC", crv="P-256")), ("RS512", dict(kty="RSA", size=2048)), ("EdDSA", dict(kty="OKP", crv="Ed25519"))]:
    key = jwk.JWK.generate(**form)
    iat = int(time.time())
    ath = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    proof = jwt.JWT(header={"typ": "dpop+jwt", "alg": alg, "jwk": key.export_public(as_dict=True)},
                    claims={"jti": "made by python " + alg, "htm": method, "htu": address, "iat": iat, "ath": ath})
    proof.make_signed_token(key)
    made.append(dict(library="jwcrypto 1.6.1", alg=alg, thumbprint=key.thumbprint(), proof=proof.serialize(), method=method, address=address, token=token, iat=iat))
json.dump(made, sys.stdout, indent="\t")
