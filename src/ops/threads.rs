//! Switches off candle's own thread pool: the threads of a run are those of its worker.
#![expect(
    unsafe_code,
    reason = "candle reads its number of threads from the environment and from nowhere else"
)]

/// What candle 0.11 reads at the first use of its pool.
const VARIABLE: &str = "CANDLE_NUM_THREADS";

/// Makes candle's element-wise kernels stay on the calling thread.
///
/// candle splits operations on 64 Ki elements and more over one pool for the whole process, whose
/// threads spin while they wait and serve one caller at a time: two runs side by side took 1.9
/// times as long as with it switched off. Runs are what is parallel here.
///
/// To be called first thing in `main`, while the process has one thread; a value that the user has
/// set is left alone.
pub fn keep_candle_on_one_thread() {
    if std::env::var_os(VARIABLE).is_none() {
        // SAFETY: `set_var` is unsound only while another thread reads or writes the environment.
        // This is called before any other thread exists.
        unsafe { std::env::set_var(VARIABLE, "1") };
    }
}
