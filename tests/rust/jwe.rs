//! JWE against itself, the RFCs, python-jose, Wycheproof and the cookbook; and what hostile tokens come to.
//!
//! Wycheproof's file and the cookbook (RFC 7520) are not part of the project: they are read from `../shared/vectors`,
//! and their tests pass over them where they are missing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is how it fails")]

use std::path::PathBuf;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::KeyPair as _;
use fastjose::Error;
use fastjose::encoding::base64url;
use fastjose::jwe::{
    self, ContentEncryption, DecryptionKey, Deflate, EncryptionKey, KeyManagement, Made, Options, Protection, Token,
};
use fastjose::keys::asymmetric_key::AsymmetricKey;
use serde_json::Value;

/// RFC 7516 appendix A.1: RSA-OAEP and A256GCM.
const A1_TOKEN: &str = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.\
    OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nf\
    a6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETK\
    zpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iG\
    dXKHzg.48V1_ALb6US04U3b.\
    5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ";
const A1_PLAINTEXT: &[u8] = b"The true sign of intelligence is not knowledge but imagination.";
/// RFC 7516 appendix A.1.3: n, e, d, p, q, dp, dq, qi.
const A1_KEY: [&str; 8] = [
    "oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2K\
     rf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtU\
     ZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-\
     _bq6Gw",
    "AQAB",
    "kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anT\
     pTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxV\
     w3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3Dzg\
     rTjgyQ",
    "1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfz\
     L0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0",
    "wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J28cRUoeBB_jKI1oma0Orv1\
     T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc",
    "ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU\
     827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE",
    "Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9v\
     NDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis",
    "VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq\
     0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY",
];

/// RFC 7516 appendix A.2: `RSA1_5` and A128CBC-HS256.
const A2_TOKEN: &str = "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.\
    UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8LE9XShH59_i8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPL\
    gNZ__deLKxGHZ7PcHALUzoOegEI-8E66jX2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqbb2Yw8kZqa2rMWI\
    5ng8OtvzlV7elprCbuPhcCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHHi29NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXM\
    R4gp_A.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.9hH0vgRfYgPnAHOd8stkvw";
/// RFC 7516 appendix A.2.3: n, e, d, p, q, dp, dq, qi.
const A2_KEY: [&str; 8] = [
    "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8U\
     DprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct\
     4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aE\
     Aw3vRw",
    "AQAB",
    "VFCWOqXr8nvZNyaaJLXdnNPXZKRaWCjkU5Q2egQQpTBMwhprMzWzpR8Sxq1OPThh_J6MUD8Z35wky9b8eEO0pwNS8xlh1lOFRRBoNqDIKVOku0aZ\
     b-rynq8cxjDTLZQ6Fz7jSjR1Klop-YKaUHc9GsEofQqYruPhzSA-QgajZGPbE_0ZaVDJHfyd7UUBUKunFMScbflYAAOYJqVIVwaYR5zWEEceUjNn\
     TNo_CVSj-VvXLO5VZfCUAVLgW4dpf1SrtZjSt34YLsRarSb127reG_DUwg9Ch-KyvjT1SkHgUWRVGcyly7uvVGRSDwsXypdrNinPA4jlhoNdizK2\
     zF2CWQ",
    "9gY2w6I6S6L0juEKsbeDAwpd9WMfgqFoeA9vEyEUuk4kLwBKcoe1x4HG68ik918hdDSE9vDQSccA3xXHOAFOPJ8R9EeIAbTi1VwBYnbTp87X-xcP\
     WlEPkrdoUKW60tgs1aNd_Nnc9LEVVPMS390zbFxt8TN_biaBgelNgbC95sM",
    "uKlCKvKv_ZJMVcdIs5vVSU_6cPtYI1ljWytExV_skstvRSNi9r66jdd9-yBhVfuG4shsp2j7rGnIio901RBeHo6TPKWVVykPu1iYhQXw1jIABfw-\
     MVsN-3bQ76WLdt2SDxsHs7q7zPyUyHXmps7ycZ5c72wGkUwNOjYelmkiNS0",
    "w0kZbV63cVRvVX6yk3C8cMxo2qCM4Y8nsq1lmMSYhG4EcL6FWbX5h9yuvngs4iLEFk6eALoUS4vIWEwcL4txw9LsWH_zKI-hwoReoP77cOdSL4AV\
     craHawlkpyd2TWjE5evgbhWtOxnZee3cXJBkAi64Ik6jZxbvk-RR3pEhnCs",
    "o_8V14SezckO6CNLKs_btPdFiO9_kC1DsuUTd2LAfIIVeMZ7jn1Gus_Ff7B7IVx3p5KuBGOVF8L-qifLb6nQnLysgHDh132NDioZkhH7mI7hPG-P\
     YE_odApKdnqECHWw0J-F0JWnUd6D2B_1TvF9mXA2Qx-iGYn8OVV1Bsmp6qU",
    "eNho5yRBEBxhGBtQRww9QirZsB66TrfFReG_CcteI1aCneT0ELGhYlRlCtUkTRclIfuEPmNsNDPbLoLqqCVznFbvdB7x-Tl-m0l_eFTj2KiqwGqE\
     9PZB9nNTwMVvH3VRRSLWACvPnSiwP8N5Usy-WRXS-V7TbpxIhvepTfE0NNo",
];

/// RFC 7516 appendix A.3: A128KW and A128CBC-HS256; its key is that of A.3.3.
const A3_TOKEN: &str = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.\
    6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.\
    KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ";
const A3_KEY: &str = "GawgguFyGrWKav7AX4VKUg";
const A2_AND_A3_PLAINTEXT: &[u8] = b"Live long and prosper.";

/// What python-jose 3.5.0 writes with `zip="DEF"`: A128KW under the bytes 0 to 15, `dir` under 0 to 31.
const PYTHON_JOSE_WRAPPED: &str = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0.\
    xo52REdHpbDVUdnZWbjyyqeWqSxVQbsI.kZwf5yxQds2YnJbs.Ye4upeEeTtCsZ98gywWahNY685mIZAfWa7y1Hv7LqtH0.\
    127ReCuR_y1YEOtl-XweXw";
const PYTHON_JOSE_DIRECT: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiemlwIjoiREVGIn0..\
    4ZV0S2SCYTAI6wIqzf1nqw.Wbd-tp8IrZ4Z3QMVQB540Jbvxe-qDGfAfWsu5dCHvp75iEExJ4qkQ32fzSdWRgxg.x7WeeQ_KLdS0LeLnNst5ng";

fn bytes(text: &str) -> Vec<u8> {
    base64url::decode(text.as_bytes()).unwrap()
}

fn rsa_pair(parts: [&str; 8]) -> KeyPair {
    let [modulus, exponent, private, prime1, prime2, exponent1, exponent2, coefficient] = parts.map(bytes);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: modulus, e: exponent },
        d: private,
        p: prime1,
        q: prime2,
        dP: exponent1,
        dQ: exponent2,
        qInv: coefficient,
    };
    KeyPair::from_components(&components).unwrap()
}

/// The two halves of an RSA key.
fn rsa(parts: [&str; 8]) -> (EncryptionKey, DecryptionKey) {
    let pair = rsa_pair(parts);
    let public = pair.public_key().as_der().unwrap();
    let private = pair.as_der().unwrap();
    (EncryptionKey::rsa_der(public.as_ref()).unwrap(), DecryptionKey::rsa_der(private.as_ref()).unwrap())
}

fn symmetric(key: &[u8]) -> (EncryptionKey, DecryptionKey) {
    (EncryptionKey::Symmetric(key.to_vec()), DecryptionKey::Symmetric(key.to_vec()))
}

/// Keys that fit, made of `fill` where they are symmetric.
fn keys(management: KeyManagement, encryption: ContentEncryption, fill: u8) -> (EncryptionKey, DecryptionKey) {
    if management.is_rsa() {
        return rsa(if fill == 1 { A1_KEY } else { A2_KEY });
    }
    symmetric(&vec![fill; management.key_bytes().unwrap_or(encryption.cek_bytes())])
}

fn header(protection: Protection) -> String {
    let zip = if protection.compression.is_some() { r#","zip":"DEF""# } else { "" };
    format!(r#"{{"alg":"{}","enc":"{}","kid":"a"{zip}}}"#, protection.management.name(), protection.encryption.name())
}

fn combinations() -> impl Iterator<Item = (KeyManagement, ContentEncryption)> {
    KeyManagement::all().flat_map(|management| ContentEncryption::all().map(move |encryption| (management, encryption)))
}

fn encrypted(management: KeyManagement, encryption: ContentEncryption, plaintext: &[u8]) -> String {
    let protection = Protection { management, encryption, compression: None };
    let (key, _) = keys(management, encryption, 1);
    jwe::encrypt(plaintext, &key, protection, header(protection).as_bytes()).unwrap()
}

fn plaintext(token: &str, key: &DecryptionKey) -> Result<Vec<u8>, Error> {
    jwe::decrypt(token.as_bytes(), key, Options::default()).map(|decrypted| decrypted.plaintext)
}

fn segments(token: &str) -> Vec<Vec<u8>> {
    token.split('.').map(bytes).collect()
}

fn token(segments: &[Vec<u8>]) -> String {
    segments.iter().map(|segment| base64url::encode(segment)).collect::<Vec<_>>().join(".")
}

#[test]
fn every_combination_comes_back() {
    let long: Vec<u8> = (0..70_000_u32).map(|i| i.to_le_bytes()[1]).collect();
    let mut seen = 0;
    for (management, encryption) in combinations() {
        let (encrypting, decrypting) = keys(management, encryption, 1);
        for compression in [None, Some(Deflate::Raw), Some(Deflate::Zlib)] {
            let protection = Protection { management, encryption, compression };
            let header = header(protection);
            for content in [&b""[..], b"a", b"exactly 16 bytes", &long] {
                let token = jwe::encrypt(content, &encrypting, protection, header.as_bytes()).unwrap();
                let decrypted = jwe::decrypt(token.as_bytes(), &decrypting, Options::default()).unwrap();
                assert!(decrypted.plaintext == content && decrypted.header == header.as_bytes(), "{protection:?}");
                assert_eq!(jwe::unverified_header(token.as_bytes(), 256_000), Ok(header.as_bytes().to_vec()));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 7 * 6 * 3 * 4);
}

#[test]
fn rfc_7516_appendix_a() {
    assert_eq!(plaintext(A1_TOKEN, &rsa(A1_KEY).1).as_deref(), Ok(A1_PLAINTEXT));
    assert_eq!(plaintext(A2_TOKEN, &rsa(A2_KEY).1).as_deref(), Ok(A2_AND_A3_PLAINTEXT));
    assert_eq!(plaintext(A3_TOKEN, &symmetric(&bytes(A3_KEY)).1).as_deref(), Ok(A2_AND_A3_PLAINTEXT));
}

#[test]
fn rfc_7516_appendix_a3_is_written_alike() {
    let (encrypting, decrypting) = symmetric(&bytes(A3_KEY));
    let parts = segments(A3_TOKEN);
    let cek = jwe::unwrap_key(KeyManagement::A128Kw, &decrypting, &parts[1]).unwrap();
    assert_eq!(jwe::wrap_key(KeyManagement::A128Kw, &encrypting, &cek).as_ref(), Ok(&parts[1]));
    let aad = A3_TOKEN.split('.').next().unwrap().as_bytes();
    let sealed = jwe::seal(ContentEncryption::A128CbcHs256, &cek, &parts[2], aad, A2_AND_A3_PLAINTEXT).unwrap();
    assert_eq!((sealed.ciphertext, sealed.tag), (parts[3].clone(), parts[4].clone()));
}

#[test]
fn the_compression_of_python_jose_is_read() {
    let expected = A2_AND_A3_PLAINTEXT.repeat(4);
    let key: Vec<u8> = (0..32).collect();
    assert_eq!(plaintext(PYTHON_JOSE_WRAPPED, &symmetric(&key[..16]).1).as_ref(), Ok(&expected));
    assert_eq!(plaintext(PYTHON_JOSE_DIRECT, &symmetric(&key).1).as_ref(), Ok(&expected));
}

#[test]
fn rsa_keys_are_read_in_both_forms() {
    let pair = rsa_pair(A1_KEY);
    let pkcs8 = pair.as_der().unwrap();
    // The PrivateKeyInfo of a 2048 bit key has 26 bytes before the RSAPrivateKey within it (RFC 5958 §2).
    let pkcs1 = &pkcs8.as_ref()[26..];
    for der in [pkcs8.as_ref(), pkcs1] {
        assert_eq!(plaintext(A1_TOKEN, &DecryptionKey::rsa_der(der).unwrap()).as_deref(), Ok(A1_PLAINTEXT));
        assert!(EncryptionKey::rsa_der(der).is_err());
    }
    let spki = pair.public_key().as_der().unwrap();
    for der in [spki.as_ref(), pair.public_key().as_ref()] {
        let key = EncryptionKey::rsa_der(der).unwrap();
        let wrapped = jwe::wrap_key(KeyManagement::RsaOaep256, &key, b"a content encryption key").unwrap();
        let unwrapped = jwe::unwrap_key(KeyManagement::RsaOaep256, &rsa(A1_KEY).1, &wrapped);
        assert_eq!(unwrapped.as_deref(), Ok(&b"a content encryption key"[..]));
        assert!(DecryptionKey::rsa_der(der).is_err());
    }
    for junk in [&b""[..], b"\x30\x00", &[0; 64]] {
        assert!(matches!(EncryptionKey::rsa_der(junk), Err(Error::InvalidKey(_))));
        assert!(matches!(DecryptionKey::rsa_der(junk), Err(Error::InvalidKey(_))));
    }
}

#[test]
fn a_changed_byte_is_refused_and_never_says_where() {
    for (management, encryption) in combinations() {
        let (_, key) = keys(management, encryption, 1);
        let good = segments(&encrypted(management, encryption, b"some content of two blocks"));
        let kid = good[0].len() - 3;
        let in_kid = std::iter::once((0, kid));
        let elsewhere = (1..5).flat_map(|part| (0..good[part].len()).map(move |index| (part, index)));
        // Of the 256 bytes that RSA encrypts to, every 16th: each costs a private key operation.
        let elsewhere = elsewhere.filter(|(part, index)| *part != 1 || !management.is_rsa() || index % 16 == 0);
        for (part, index) in in_kid.chain(elsewhere) {
            let mut changed = good.clone();
            changed[part][index] ^= 1;
            let outcome = plaintext(&token(&changed), &key);
            assert_eq!(outcome, Err(Error::JweAuthentication), "{management:?} {encryption:?} {part} {index}");
        }
    }
}

#[test]
fn every_changed_character_is_refused() {
    let mut seen = 0;
    for management in KeyManagement::all() {
        let encryption = ContentEncryption::A128CbcHs256;
        let (_, key) = keys(management, encryption, 1);
        let good = encrypted(management, encryption, b"some content of two blocks");
        for index in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            assert!(jwe::decrypt(&changed, &key, Options::default()).is_err(), "{management:?} {index}");
            seen += 1;
        }
    }
    assert!(seen > 2_000);
}

#[test]
fn another_key_is_a_wrong_tag() {
    for (management, encryption) in combinations() {
        let token = encrypted(management, encryption, b"content");
        let (_, other) = keys(management, encryption, 2);
        assert_eq!(plaintext(&token, &other), Err(Error::JweAuthentication), "{management:?} {encryption:?}");
    }
}

#[test]
fn rsa1_5_gives_no_oracle() {
    let (encrypting, decrypting) = rsa(A1_KEY);
    for encryption in ContentEncryption::all() {
        let good = segments(&encrypted(KeyManagement::Rsa1_5, encryption, b"content"));
        let mut wrong_tag = good.clone();
        wrong_tag[4][0] ^= 1;
        let expected = plaintext(&token(&wrong_tag), &decrypting);
        assert_eq!(expected, Err(Error::JweAuthentication));
        let wrapped = |length| jwe::wrap_key(KeyManagement::Rsa1_5, &encrypting, &vec![1; length]).unwrap();
        let lengths = [0, 1, encryption.cek_bytes() - 1, encryption.cek_bytes(), encryption.cek_bytes() + 1, 200];
        let garbage = [vec![], vec![0; 256], vec![255; 256], vec![7; 255], vec![7; 257], vec![7; 256]];
        for encrypted_key in garbage.into_iter().chain(lengths.map(wrapped)) {
            let mut changed = good.clone();
            changed[1] = encrypted_key;
            assert_eq!(plaintext(&token(&changed), &decrypting), expected);
        }
    }
}

#[test]
fn keys_of_another_kind_or_length_are_named_before_use() {
    let (rsa_encrypting, rsa_decrypting) = rsa(A1_KEY);
    for (management, encryption) in combinations() {
        let protection = Protection { management, encryption, compression: None };
        let good = encrypted(management, encryption, b"content");
        let mut unfit: Vec<_> = [0, 1, 15, 17, 31, 33, 47, 49, 63, 65].map(|length| symmetric(&vec![1; length])).into();
        if !management.is_rsa() {
            unfit.push((rsa_encrypting.clone(), rsa_decrypting.clone()));
        }
        for (encrypting, decrypting) in unfit {
            let written = jwe::encrypt(b"", &encrypting, protection, header(protection).as_bytes());
            assert!(matches!(written, Err(Error::InvalidKey(_))), "{protection:?}");
            assert!(matches!(plaintext(&good, &decrypting), Err(Error::InvalidKey(_))), "{protection:?}");
        }
    }
    let short = symmetric(b"short").1;
    let text = plaintext(A3_TOKEN, &short).unwrap_err().to_string();
    assert_eq!(text, "Key must be 128 bit for alg A128KW");
    let none = jwe::wrap_key(KeyManagement::Dir, &symmetric(&[1; 16]).0, &[1; 16]);
    assert!(matches!(none, Err(Error::Configuration(_))));
}

#[test]
fn an_rsa_key_can_be_held_to_its_algorithm() {
    let (_, key) = rsa(A1_KEY);
    let encryption = ContentEncryption::A128Gcm;
    let options = Options {
        managements: Some(&[KeyManagement::RsaOaep]),
        encryptions: Some(&[ContentEncryption::A128Gcm]),
        ..Options::default()
    };
    let outcome = |management, encryption| {
        let decrypted = jwe::decrypt(encrypted(management, encryption, b"content").as_bytes(), &key, options);
        decrypted.map(|decrypted| decrypted.plaintext)
    };
    assert_eq!(outcome(KeyManagement::RsaOaep, encryption).as_deref(), Ok(&b"content"[..]));
    assert_eq!(outcome(KeyManagement::Rsa1_5, encryption), Err(Error::JweAlgorithmNotAllowed("alg")));
    let other = ContentEncryption::A256Gcm;
    assert_eq!(outcome(KeyManagement::RsaOaep, other), Err(Error::JweAlgorithmNotAllowed("enc")));
}

/// A `dir` token of A128GCM under a key of ones, with any header and content.
fn sealed(header: &str, content: &[u8]) -> String {
    let encoded = base64url::encode(header.as_bytes());
    let sealed = jwe::seal(ContentEncryption::A128Gcm, &[1; 16], &[2; 12], encoded.as_bytes(), content).unwrap();
    let parts = [&[2; 12][..], &sealed.ciphertext, &sealed.tag].map(base64url::encode);
    format!("{encoded}..{}", parts.join("."))
}

#[test]
fn headers() {
    let (_, key) = symmetric(&[1; 16]);
    let malformed = |header: &str| matches!(plaintext(&sealed(header, b""), &key), Err(Error::JweMalformed(_)));
    assert_eq!(plaintext(&sealed(r#"{"alg":"dir","enc":"A128GCM","x":[1]}"#, b"c"), &key).as_deref(), Ok(&b"c"[..]));
    for header in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"alg":"dir"}"#,
        r#"{"enc":"A128GCM"}"#,
        r#"{"alg":null,"enc":"A128GCM"}"#,
        r#"{"alg":["dir"],"enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":1}"#,
        r#"{"alg":"dir","alg":"dir","enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":"A128GCM","zip":null}"#,
        r#"{"alg":"dir","enc":"A128GCM"} x"#,
    ] {
        assert!(malformed(header), "{header}");
    }
    for (header, parameter) in [
        (r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}"#, "alg"),
        (r#"{"alg":"ECDH-ES","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"A128GCMKW","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"none","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"dir","enc":"A128CBC"}"#, "enc"),
        (r#"{"alg":"dir","enc":"a128gcm"}"#, "enc"),
        (r#"{"alg":"dir","enc":"A128GCM","zip":"GZ"}"#, "zip"),
        (r#"{"alg":"dir","enc":"A128GCM","zip":""}"#, "zip"),
    ] {
        assert_eq!(plaintext(&sealed(header, b""), &key), Err(Error::JweAlgorithmNotSupported(parameter)), "{header}");
    }
    for crit in [r#"["exp"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"dir","enc":"A128GCM","crit":{crit}}}"#);
        assert_eq!(plaintext(&sealed(&header, b""), &key), Err(Error::JweUnsupportedHeader));
    }
}

#[test]
fn other_shapes_are_malformed() {
    let (_, key) = symmetric(&[1; 16]);
    let good = sealed(r#"{"alg":"dir","enc":"A128GCM"}"#, b"content");
    assert!(plaintext(&good, &key).is_ok());
    let json = format!(r#"{{"protected":"{good}"}}"#);
    let dots = ".".repeat(200_000);
    for text in
        ["", ".", "....", "a.b.c.d", "a.b.c.d.e.f", dots.as_str(), json.as_str(), &good[1..], &(good.clone() + ".")]
            .into_iter()
            .chain(
                [&good.replace("..", ".AA."), &(good.clone() + "="), &(good.clone() + "\n"), &format!(" {good}")]
                    .map(String::as_str),
            )
    {
        assert!(matches!(plaintext(text, &key), Err(Error::JweMalformed(_))), "{}", &text[..text.len().min(80)]);
    }
    let missing_tag = good.rsplit_once('.').unwrap().0.to_owned() + ".";
    assert_eq!(plaintext(&missing_tag, &key), Err(Error::JweAuthentication));
}

#[test]
fn sizes_are_capped() {
    let (_, key) = symmetric(&[1; 16]);
    let good = sealed(r#"{"alg":"dir","enc":"A128GCM"}"#, b"content");
    let outcome = |max_token_bytes, max_plaintext_bytes| {
        let options = Options { max_token_bytes, max_plaintext_bytes, ..Options::default() };
        jwe::decrypt(good.as_bytes(), &key, options).map(|decrypted| decrypted.plaintext)
    };
    let bytes = good.len();
    assert!(outcome(bytes, 7).is_ok());
    assert_eq!(outcome(bytes - 1, 7), Err(Error::JweTooLarge { bytes, max_bytes: bytes - 1 }));
    assert_eq!(outcome(bytes, 6), Err(Error::JwePlaintextTooLarge { max_bytes: 6 }));
    assert!(outcome(usize::MAX, usize::MAX).is_ok());
}

/// `megabytes` of zeros, deflated without ever being held at once.
fn bomb(is_zlib: bool, megabytes: usize) -> Vec<u8> {
    use std::io::Write;
    let zeros = vec![0; 1 << 20];
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..megabytes {
        if is_zlib { zlib.write_all(&zeros) } else { raw.write_all(&zeros) }.unwrap();
    }
    if is_zlib { zlib.finish().unwrap() } else { raw.finish().unwrap() }
}

/// The most memory that this process has ever held, in kilobytes.
#[cfg(target_os = "linux")]
fn peak_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_bomb_is_refused_in_bounded_memory() {
    let (_, key) = symmetric(&[1; 16]);
    for is_zlib in [false, true] {
        for megabytes in [10, 100] {
            let token = sealed(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#, &bomb(is_zlib, megabytes));
            let options = Options { max_token_bytes: 2_000_000, ..Options::default() };
            let before = peak_kilobytes();
            let outcome = jwe::decrypt(token.as_bytes(), &key, options).map(|decrypted| decrypted.plaintext.len());
            assert_eq!(outcome, Err(Error::JwePlaintextTooLarge { max_bytes: 256_000 }));
            // The other tests run beside this one, and hold a few megabytes of their own.
            let grown = peak_kilobytes() - before;
            assert!(megabytes < 100 || grown < 50_000, "{grown} kB");
        }
    }
}

#[test]
fn broken_compression_is_found_after_the_tag() {
    let (_, key) = symmetric(&[1; 16]);
    let header = r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#;
    for content in [&b""[..], b"not compressed", b"\x78\x9c", b"\x78\x9c\xff\xff", b"\xff\xff\xff"] {
        let token = sealed(header, content);
        assert_eq!(plaintext(&token, &key), Err(Error::JweMalformed("Invalid compressed content")));
        let other = symmetric(&[3; 16]).1;
        assert_eq!(plaintext(&token, &other), Err(Error::JweAuthentication));
    }
}

#[test]
fn a_pair_encrypts_and_decrypts() {
    let pair = AsymmetricKey::from_der(rsa_pair(A1_KEY).as_der().unwrap().as_ref()).unwrap();
    let protection =
        Protection { management: KeyManagement::RsaOaep, encryption: ContentEncryption::A128Gcm, compression: None };
    let (key, header) = (pair.public_key().encryption_key().unwrap(), header(protection));
    let token = jwe::encrypt(b"content", &key, protection, header.as_bytes()).unwrap();
    for _ in 0..2 {
        assert_eq!(plaintext(&token, &pair.decryption_key().unwrap()).as_deref(), Ok(&b"content"[..]));
    }
    assert!(matches!(pair.public_key().decryption_key(), Err(Error::InvalidKey(_))));
    // RFC 8037 appendix A.1.
    let okp = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert!(matches!(AsymmetricKey::from_jwk(okp).unwrap().encryption_key(), Err(Error::InvalidKey(_))));
}

#[test]
fn a_content_encryption_key_can_come_from_elsewhere() {
    let header = br#"{"alg":"X-KW","enc":"A128GCM","zip":"DEF"}"#;
    let (encryption, zlib) = (ContentEncryption::A128Gcm, Some(Deflate::Zlib));
    let made = Made { cek: &[1; 16], encrypted_key: b"encrypted key", iv: &[2; 12] };
    let text = jwe::encrypt_with(b"content", made, encryption, zlib, header).unwrap();
    assert_eq!(text.split('.').nth(2), Some("AgICAgICAgICAgIC"));
    let token = Token::read(text.as_bytes(), text.len()).unwrap();
    assert_eq!((token.alg(), token.enc(), token.encrypted_key()), ("X-KW", "A128GCM", &b"encrypted key"[..]));
    assert_eq!(token.decrypt_with(Some(&[1; 16]), 7).as_deref(), Ok(&b"content"[..]));
    assert_eq!(token.decrypt_with(Some(&[1; 16]), 6), Err(Error::JwePlaintextTooLarge { max_bytes: 6 }));
    for wrong in [None, Some(&[1; 15][..]), Some(&[2; 16]), Some(&[1; 32])] {
        assert_eq!(token.decrypt_with(wrong, 7), Err(Error::JweAuthentication));
    }
    let own = token.decrypt(&symmetric(&[1; 16]).1, Options::default());
    assert_eq!(own, Err(Error::JweAlgorithmNotSupported("alg")));
    for (encryption, compression) in [(ContentEncryption::A256Gcm, zlib), (encryption, None)] {
        let cek = vec![1; encryption.cek_bytes()];
        let other = jwe::encrypt_with(b"", Made { cek: &cek, ..made }, encryption, compression, header);
        assert!(matches!(other, Err(Error::Configuration(_))));
    }
    for iv in [&[][..], &[2; 11], &[2; 16]] {
        let other = jwe::encrypt_with(b"", Made { iv, ..made }, encryption, zlib, header);
        assert!(matches!(other, Err(Error::Configuration(_))));
    }
}

/// NIST SP 800-38A F.2.1, F.2.3 and F.2.5: key, and the first block of the ciphertext.
const CBC: [(&str, &str); 3] = [
    ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
    ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
];

#[test]
fn plain_cbc() {
    let (iv, block) = (from_hex("000102030405060708090a0b0c0d0e0f"), from_hex("6bc1bee22e409f96e93d7e117393172a"));
    for (key, first) in CBC {
        let key = from_hex(key);
        let ciphertext = jwe::encrypt_cbc(&key, &iv, &block).unwrap();
        assert_eq!((&ciphertext[..16], ciphertext.len()), (&from_hex(first)[..], 32));
        assert_eq!(jwe::decrypt_cbc(&key, &iv, &ciphertext).as_ref(), Ok(&block));
        for (key, iv, ciphertext) in [
            (&key[1..], &iv[..], &ciphertext[..]),
            (&key, &iv[1..], &ciphertext),
            (&key, &iv, &ciphertext[1..]),
            (&key, &iv, &ciphertext[..16]),
            (&key, &iv, &[]),
        ] {
            assert_eq!(jwe::decrypt_cbc(key, iv, ciphertext), Err(Error::JweFailed));
        }
        assert_eq!(jwe::encrypt_cbc(&key[1..], &iv, &block), Err(Error::JweFailed));
        assert_eq!(jwe::encrypt_cbc(&key, &iv[1..], &block), Err(Error::JweFailed));
    }
}

#[test]
fn a_header_must_say_what_is_done() {
    let (key, _) = symmetric(&[1; 16]);
    let (management, encryption) = (KeyManagement::Dir, ContentEncryption::A128Gcm);
    let plain = Protection { management, encryption, compression: None };
    for header in [
        r#"{"alg":"A128KW","enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#,
    ] {
        assert!(matches!(jwe::encrypt(b"", &key, plain, header.as_bytes()), Err(Error::Configuration(_))));
    }
    assert!(matches!(jwe::encrypt(b"", &key, plain, b"{}"), Err(Error::JweMalformed(_))));
}

#[test]
fn nothing_shows_a_secret() {
    let (encrypting, decrypting) = symmetric(b"0123456789abcdef");
    let decrypted = jwe::decrypt(
        sealed(r#"{"alg":"dir","enc":"A128GCM"}"#, b"secret").as_bytes(),
        &symmetric(&[1; 16]).1,
        Options::default(),
    );
    let shown = format!("{encrypting:?} {decrypting:?} {:?} {:?}", rsa(A1_KEY), decrypted.unwrap());
    assert_eq!(shown, "Symmetric(..) Symmetric(..) (Rsa(..), Rsa(..)) Decrypted { .. }");
}

/// xorshift64: the same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}

const MUTANT_BYTES: &[u8] = b"AZaz09-_.=+/ \"{}\x00\xff";

fn mutated(token: &str, numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        let byte = MUTANT_BYTES[numbers.below(MUTANT_BYTES.len())];
        match numbers.below(6) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at.max(1)),
            4 => bytes = with_parts_swapped(&bytes, numbers),
            _ => bytes = with_part_rewritten(&bytes, numbers),
        }
        bytes.resize(bytes.len().max(1), b'.');
    }
    bytes
}

fn with_parts_swapped(token: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut parts: Vec<_> = token.split(|byte| *byte == b'.').collect();
    let (one, other) = (numbers.below(parts.len()), numbers.below(parts.len()));
    parts.swap(one, other);
    parts.join(&b'.')
}

/// One part decoded, changed and encoded again, so that what is behind the base64url is reached.
fn with_part_rewritten(token: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut parts: Vec<_> = token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let part = numbers.below(parts.len());
    if let Some(mut decoded) = base64url::decode(&parts[part]).filter(|decoded| !decoded.is_empty()) {
        let index = numbers.below(decoded.len());
        decoded[index] = MUTANT_BYTES[numbers.below(MUTANT_BYTES.len())];
        decoded.truncate(decoded.len() - numbers.below(2));
        parts[part] = base64url::encode(&decoded).into_bytes();
    }
    parts.join(&b'.')
}

#[test]
fn mutated_tokens_are_refused_without_a_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let tokens: Vec<_> = combinations()
        .map(|(management, encryption)| {
            let (_, key) = keys(management, encryption, 1);
            (encrypted(management, encryption, b"content"), key)
        })
        .collect();
    let mut refused = 0;
    for round in 0..10_000 {
        let (good, key) = &tokens[round % tokens.len()];
        let bad = mutated(good, &mut numbers);
        if bad != good.as_bytes() {
            assert!(jwe::decrypt(&bad, key, Options::default()).is_err(), "{round}");
            refused += 1;
        }
    }
    assert!(refused > 9_000, "{refused}");
}

/// A JSON file of `../shared/vectors`, if it is there.
fn shared(path: &str) -> Option<Value> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors").join(path);
    std::fs::read(file).ok().map(|text| serde_json::from_slice(&text).unwrap())
}

fn text<'j>(object: &'j Value, name: &str) -> &'j str {
    object[name].as_str().unwrap_or_default()
}

/// The halves of a JWK; one that has no use here where it is neither symmetric nor RSA.
fn from_jwk(jwk: &Value) -> (EncryptionKey, DecryptionKey) {
    match text(jwk, "kty") {
        "oct" => symmetric(&bytes(text(jwk, "k"))),
        "RSA" => rsa(["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| text(jwk, name))),
        _ => symmetric(&[]),
    }
}

/// The algorithm that a JWK is for; a JWK may name `enc` where its key is used directly.
fn algorithm_of(jwk: &Value) -> Option<KeyManagement> {
    let name = text(jwk, "alg");
    let direct = name.parse::<ContentEncryption>().ok().map(|_| KeyManagement::Dir);
    name.parse().ok().or(direct)
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn wycheproof() {
    let Some(file) = shared("wycheproof/json_web_encryption_test.json") else { return };
    // Of keys for an algorithm that is supported; the tokens of all other keys must be refused.
    let (mut valid, mut invalid, mut unsupported) = (0, 0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let (_, key) = from_jwk(&group["private"]);
        let algorithm = algorithm_of(&group["private"]);
        let allowed: Vec<_> = algorithm.into_iter().collect();
        for case in group["tests"].as_array().unwrap() {
            let options = Options { managements: Some(&allowed), ..Options::default() };
            let outcome = jwe::decrypt(text(case, "jwe").as_bytes(), &key, options);
            let outcome = outcome.map(|decrypted| decrypted.plaintext);
            let is_valid = text(case, "result") == "valid";
            match (is_valid, algorithm) {
                (true, None) => assert_eq!(outcome, Err(Error::JweAlgorithmNotSupported("alg")), "{case}"),
                (true, Some(_)) => assert_eq!(outcome, Ok(from_hex(text(case, "pt"))), "{case}"),
                (false, _) => assert!(outcome.is_err(), "{case}"),
            }
            let counter = if algorithm.is_none() {
                &mut unsupported
            } else if is_valid {
                &mut valid
            } else {
                &mut invalid
            };
            *counter += 1;
        }
    }
    assert_eq!((valid, invalid, unsupported), (34, 49, 56));
}

#[test]
fn cookbook() {
    let (rsa15, oaep) =
        ("5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2", "5_2.key_encryption_using_rsa-oaep_with_aes-gcm");
    let direct = "5_6.direct_encryption_using_aes-gcm";
    let wrapped = "5_8.key_wrap_using_aes-keywrap_with_aes-gcm";
    for name in [rsa15, oaep, direct, wrapped, "5_9.compressed_content"] {
        let Some(file) = shared(&format!("cookbook/jwe/{name}.json")) else { return };
        let expected = text(&file["input"], "plaintext");
        let (encrypting, decrypting) = from_jwk(&file["input"]["key"]);
        let token = text(&file["output"], "compact");
        assert_eq!(plaintext(token, &decrypting).as_deref(), Ok(expected.as_bytes()), "{name}");
        if name == wrapped {
            let cek = bytes(text(&file["generated"], "cek"));
            let again = jwe::wrap_key(KeyManagement::A128Kw, &encrypting, &cek).unwrap();
            assert_eq!(base64url::encode(&again), text(&file["encrypting_key"], "encrypted_key"));
        }
    }
    for unsupported in [
        "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
        "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
    ] {
        let Some(file) = shared(&format!("cookbook/jwe/{unsupported}.json")) else { return };
        let outcome = plaintext(text(&file["output"], "compact"), &symmetric(&[1; 16]).1);
        assert_eq!(outcome, Err(Error::JweAlgorithmNotSupported("alg")));
    }
}
