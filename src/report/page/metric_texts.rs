//! What metrics are, in Russian; the registry has English.

use super::both::Both;
use crate::metric::{Direction, Info};
use crate::report::wording;

/// Name, unit in Russian, and what it is.
const RUSSIAN: &[(&str, &str, &str)] = &[
    (
        "loss.d",
        "",
        "функция ошибки дискриминатора на последнем пакете",
    ),
    (
        "loss.g",
        "",
        "функция ошибки генератора на последнем пакете",
    ),
    (
        "d.real",
        "",
        "средний выход D (вероятность) на последнем пакете реальных примеров",
    ),
    (
        "d.fake",
        "",
        "средний выход D (вероятность) на последнем пакете порождённых примеров",
    ),
    (
        "grad.d",
        "",
        "евклидова норма градиента на последнем шаге D",
    ),
    (
        "grad.g",
        "",
        "евклидова норма градиента на последнем шаге G",
    ),
    ("k.used", "", "шагов D перед последним шагом G"),
    ("grad.minimax", "", "норма градиента log(1 - D) по весам G"),
    (
        "grad.non_saturating",
        "",
        "норма градиента -log D по весам G",
    ),
    (
        "grad.wasserstein",
        "",
        "норма градиента логита D по весам G",
    ),
    (
        "saturated_share",
        "",
        "доля примеров, у которых градиент log(1 - D) меньше 1 % градиента -log D",
    ),
    (
        "dominant",
        "",
        "номер моды, на которую приходится больше всего примеров (с 0)",
    ),
    (
        "covered",
        "моды",
        "моды, в пределах 3 сигм от которых лежит не менее 1 % из 2500 примеров (в d измерениях r сигм)",
    ),
    (
        "modes",
        "моды",
        "моды, в пределах 3 сигм от которых лежит хотя бы один из 2500 примеров (в d измерениях r сигм)",
    ),
    (
        "high_quality",
        "",
        "доля из 2500 примеров в пределах 3 сигм от моды; в d измерениях r сигм, r при той же доле у \
         идеального генератора (0,98889)",
    ),
    (
        "reverse_kl",
        "наты",
        "дивергенция KL гистограммы хороших примеров от весов мод: ln K минус энтропия, если веса равны",
    ),
    (
        "sliced_w1",
        "",
        "нарезанное расстояние Вассерштейна-1 до 2500 реальных примеров, в пределах области оценки",
    ),
    (
        "on_manifold",
        "",
        "доля из 2500 примеров в пределах 3 сигм от кривой без шума",
    ),
    (
        "label_accuracy",
        "",
        "доля примеров, которые классификатор набора данных читает как запрошенную метку (для точек — \
         ближайшая компонента)",
    ),
    (
        "fid",
        "",
        "расстояние Фреше для N примеров на признаках классификатора набора данных; N — это fid.n",
    ),
    (
        "classes",
        "классы",
        "классы, на которые приходится не менее 3 % примеров при уверенности классификатора от 0,9",
    ),
    (
        "class_entropy",
        "наты",
        "энтропия гистограммы предсказанных классов (равномерно по K классам: ln K; по десяти: 2,303)",
    ),
    (
        "confident",
        "",
        "доля примеров, в которых классификатор уверен не менее чем на 0,9",
    ),
    (
        "kid",
        "",
        "ядерное расстояние для N итоговых примеров на признаках FID, несмещённое: может быть отрицательным",
    ),
    (
        "precision",
        "",
        "доля из N итоговых примеров не дальше 5-го соседа какого-либо реального изображения, на признаках FID",
    ),
    (
        "recall",
        "",
        "доля из N реальных изображений не дальше 5-го соседа какого-либо итогового примера",
    ),
    (
        "density",
        "",
        "у скольких реальных изображений пример лежит не дальше 5-го соседа, делённое на 5; 1 у идеальных \
         примеров",
    ),
    (
        "coverage",
        "",
        "доля из N реальных изображений, у которых есть итоговый пример не дальше их 5-го соседа",
    ),
    (
        "memorisation",
        "",
        "среднее расстояние от итоговых примеров до ближайшего обучающего изображения, делённое на то же для \
         отложенных: 1 у реальных изображений, 0 у копий",
    ),
    (
        "copied",
        "",
        "доля итоговых примеров, которые ближе к обучающему изображению, чем 99 % отложенных; от 0,05 \
         генератор копирует",
    ),
    (
        "fid_pixels",
        "",
        "расстояние Фреше для N примеров на пикселях, усреднённых до 8 x 8 (без классов нет классификатора)",
    ),
];

fn russian(name: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    RUSSIAN.iter().find(|(of, _, _)| *of == name)
}

/// `covered (modes; higher is better)`.
pub(super) fn label(info: &Info) -> Both {
    let better = match info.direction {
        Direction::Higher => "больше — лучше",
        Direction::Lower => "меньше — лучше",
        Direction::Neither => "",
    };
    let unit = match russian(info.name) {
        _ if info.unit == info.name => "",
        Some((_, unit, _)) => unit,
        None => info.unit,
    };
    let notes: Vec<&str> = [unit, better]
        .into_iter()
        .filter(|note| !note.is_empty())
        .collect();
    Both {
        en: wording::label(info),
        ru: match notes.is_empty() {
            true => info.name.to_owned(),
            false => format!("{} ({})", info.name, notes.join("; ")),
        },
    }
}

/// What it is; the quantities of problems are described in English alone.
pub(super) fn summary(info: &Info) -> Both {
    let ru = russian(info.name).map_or(info.summary, |(_, _, text)| text);
    Both::new(info.summary, ru)
}

#[cfg(test)]
mod tests {
    use super::russian;
    use crate::metric;

    #[test]
    fn every_metric_that_is_drawn_is_described_in_both_languages() {
        // Counters are in the tables alone.
        const COUNTERS: [&str; 3] = ["d_steps", "samples", "flops"];
        for info in metric::all().filter(|info| !COUNTERS.contains(&info.name)) {
            assert!(russian(info.name).is_some(), "{}", info.name);
        }
    }
}
