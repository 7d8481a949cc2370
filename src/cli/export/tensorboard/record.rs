//! TFRecord, the framing of event files: of each record its length (u64), the masked checksum of that (u32),
//! the record, and its masked checksum (u32), all little-endian.

use std::io::{self, Write};

use crc::{CRC_32_ISCSI, Crc};

/// CRC-32C, Castagnoli's polynomial.
const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Checksums are masked, because the checksum of data that contain their own is of no use
/// (`tensorflow/tsl/lib/hash/crc32c.h`).
fn masked(bytes: &[u8]) -> u32 {
    CRC32C
        .checksum(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// Writes one record.
pub(super) fn write(to: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    let length = (record.len() as u64).to_le_bytes();
    to.write_all(&length)?;
    to.write_all(&masked(&length).to_le_bytes())?;
    to.write_all(record)?;
    to.write_all(&masked(record).to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::{CRC32C, masked, write};

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        // RFC 3720, appendix B.4, 'CRC Examples'; bytes there are in the order of the wire.
        let up: Vec<u8> = (0..32).collect();
        let down: Vec<u8> = (0..32).rev().collect();
        let mut read_command = [0; 48];
        read_command[0] = 0x01;
        read_command[1] = 0xc0;
        read_command[16] = 0x14;
        read_command[22] = 0x04;
        read_command[27] = 0x14;
        read_command[31] = 0x18;
        read_command[32] = 0x28;
        read_command[40] = 0x02;
        let examples: [(&[u8], [u8; 4]); 5] = [
            (&[0; 32], [0xaa, 0x36, 0x91, 0x8a]),
            (&[0xff; 32], [0x43, 0xab, 0xa8, 0x62]),
            (&up, [0x4e, 0x79, 0xdd, 0x46]),
            (&down, [0x5c, 0xdb, 0x3f, 0x11]),
            (&read_command, [0x56, 0x3a, 0x96, 0xd9]),
        ];
        for (bytes, expected) in examples {
            assert_eq!(CRC32C.checksum(bytes).to_le_bytes(), expected);
        }
    }

    #[test]
    fn a_record_is_framed_by_its_length_and_two_checksums() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[0; 32]).expect("memory");
        assert_eq!(bytes.len(), 8 + 4 + 32 + 4);
        assert_eq!(bytes[..8], 32_u64.to_le_bytes());
        assert_eq!(bytes[8..12], masked(&bytes[..8]).to_le_bytes());
        // The mask by hand: 0x8a9136aa turned right by 15 is 0x6d551522; plus 0xa282ead8, 0x0fd7fffa.
        assert_eq!(bytes[44..], 0x0fd7_fffa_u32.to_le_bytes());
    }
}
