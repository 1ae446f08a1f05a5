//! The heap of the module: each block is wiped when it is freed or grows, since it may have held a secret or a token.
//!
//! `Zeroizing` alone would miss copies in code that is not ours: of `reqwest`, `hyper` and `http`, which hold header fields
//! and bodies with credentials, and of a `Vec` or a `String` that grew. AWS-LC wipes its own blocks in `OPENSSL_free`.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);
