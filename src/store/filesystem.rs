//! Which file system the results are on: SQLite's WAL needs memory shared between all that open
//! the database, which a network file system does not give.

use std::path::Path;

/// File systems that more than one machine can mount.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.sshfs",
    "gfs2",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "panfs",
    "pvfs2",
    "smb2",
    "smb3",
    "smbfs",
    "virtiofs",
];

/// Bytes that anyone may still write beside a file; `None` where the system does not tell.
pub(super) fn room(file: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(file.parent()?).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// The type of the network file system that holds a folder; `None` on a local one, and where the
/// system does not tell (it does on Linux).
pub(super) fn network(folder: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let folder = folder.canonicalize().ok()?;
    network_in(&mounts, &folder)
}

/// Lines are `device mount-point type options 0 0`; the last of the longest mount points counts,
/// since a later mount covers an earlier one.
fn network_in(mounts: &str, folder: &Path) -> Option<String> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((unescape(fields.next()?), fields.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| Path::new(point).components().count())
        .map(|(_, kind)| kind)
        .filter(|kind| NETWORK.contains(kind))
        .map(str::to_owned)
}

/// The kernel writes blanks in mount points as octal escapes.
fn unescape(point: &str) -> String {
    point
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::network_in;
    use std::path::Path;

    const MOUNTS: &str = "/dev/sda1 / ext4 rw 0 0\n\
        server:/home /home nfs4 rw 0 0\n\
        /dev/sdb1 /home/me/local\\040disk xfs rw 0 0\n\
        me@host: /mnt/ssh fuse.sshfs rw 0 0\n";

    fn check(folder: &str, expected: Option<&str>) {
        assert_eq!(
            network_in(MOUNTS, Path::new(folder)).as_deref(),
            expected,
            "{folder}"
        );
    }

    #[test]
    fn the_innermost_mount_decides() {
        check("/srv/results", None);
        check("/home/me/results", Some("nfs4"));
        check("/home/me/local disk/results", None);
        check("/homeless", None);
        check("/mnt/ssh", Some("fuse.sshfs"));
    }
}
