//! What the slides state loosely, and what holds: slide, statement, correction, each in English and Russian.

type Text = (&'static str, &'static str);

/// In the order of the slides.
pub(super) const ERRATA: &[(Text, Text, Text)] = &[
    (
        (
            "Generative adversarial process",
            "Генеративно-состязательный процесс",
        ),
        ("D: X × X̂ → {0, 1}.", "D: X × X̂ → {0, 1}."),
        (
            "D takes one sample, real or generated, and gives a number of the interval: D: X ∪ X̂ → [0, 1]. Only the \
             label is 0 or 1. A D into {0, 1} has no gradient, and log D of it is 0 or −∞.",
            "D получает один пример, реальный или сгенерированный, и даёт число из отрезка: D: X ∪ X̂ → [0, 1]. \
             Только метка равна 0 или 1. У D со значениями {0, 1} нет градиента, а log D равен 0 или −∞.",
        ),
    ),
    (
        (
            "The best value of the discriminator",
            "Оценка оптимального значения дискриминатора",
        ),
        (
            "If x is true then p_r(x) → 1 and p_g(x) → 0.",
            "Если x является истинным, то p_r(x) → 1, а p_g(x) → 0.",
        ),
        (
            "A density is no probability and does not tend to 1: D*(x) depends on the ratio p_r(x)/p_g(x) alone, and \
             tends to 1 where that grows without bound. See optimal-discriminator.",
            "Плотность — не вероятность и к 1 не стремится: D*(x) зависит лишь от отношения p_r(x)/p_g(x) и стремится к \
             1 там, где оно неограниченно растёт. См. optimal-discriminator.",
        ),
    ),
    (
        ("Jensen-Shannon divergence", "Дивергенция Йенсена-Шеннона"),
        (
            "JS ∈ [0, 1], and L(D*, G) = −2 log 2 + 2 JS.",
            "JS ∈ [0, 1], и L(D*, G) = −2 log 2 + 2 JS.",
        ),
        (
            "The bound 1 is in bits; the identity needs one base on both sides. With natural logarithms JS ≤ ln 2 = \
             0.693 nats; with base 2 the constant is −2. See divergences and value-identity.",
            "Граница 1 — в битах; в тождестве основание логарифма должно быть одним и тем же. С натуральными \
             логарифмами JS ≤ ln 2 = 0,693 ната; с основанием 2 константа равна −2. См. divergences и value-identity.",
        ),
    ),
    (
        ("Jensen-Shannon divergence", "Дивергенция Йенсена-Шеннона"),
        (
            "KL(p||q) is not symmetric, beside a picture of N(0, 1) and N(1, 1).",
            "KL(p||q) несимметрична — рядом с рисунком для N(0, 1) и N(1, 1).",
        ),
        (
            "On this pair both directions are ½ nat. KL is asymmetric in general, for normal densities where their \
             variances differ. See divergences.",
            "Для этой пары оба направления равны ½ ната. В общем случае KL несимметрична, для нормальных плотностей — \
             при разных дисперсиях. См. divergences.",
        ),
    ),
    (
        ("Naive algorithm", "Наивный алгоритм обучения GAN"),
        (
            "The generator takes a step up its gradient, in order to minimise log(1 − D).",
            "Обновить генератор, выполнив шаг вверх по его градиенту, для решения задачи минимизации log(1 − D).",
        ),
        (
            "A minimum is reached down the gradient. Up it G helps D: log(1 − D(G(z))) rises to 0. Both are run under \
             naive-vs-k; all other runs step down.",
            "К минимуму ведёт шаг вниз по градиенту. Шаг вверх помогает D: log(1 − D(G(z))) растёт к 0. Оба варианта \
             есть в naive-vs-k; во всех остальных запусках делается шаг вниз.",
        ),
    ),
    (
        (
            "Saturation of the generator's loss",
            "Проблема насыщения функции потерь генератора",
        ),
        (
            "γ_g* = arg min over γ_d …, and both losses have the same arg min.",
            "γ_g* = arg min по γ_d …, и у обеих функций один и тот же arg min.",
        ),
        (
            "The minimum is over γ_g. With a fixed D both losses are lowest where D(G(z)) is highest, but −log D is not \
             L(D*, G): against D* it minimises KL(p_g||p_r) − 2 JS (Arjovsky and Bottou 2017), not JS.",
            "Минимум берётся по γ_g. При фиксированном D обе функции минимальны там, где D(G(z)) максимально, но −log D \
             — не L(D*, G): против D* она минимизирует KL(p_g||p_r) − 2 JS (Arjovsky, Bottou 2017), а не JS.",
        ),
    ),
    (
        ("Nash equilibrium", "Точка равновесия Нэша"),
        (
            "G maximises f(x, y) = xy and D minimises it; x ← x − ηy, y ← y + ηx.",
            "G максимизирует f(x, y) = xy, а D минимизирует; x ← x − ηy, y ← y + ηx.",
        ),
        (
            "By these formulas the player x minimises and y maximises. Which of the two is called G changes nothing; \
             whether they step at the same time or in turn does. See nash.",
            "По этим формулам игрок x минимизирует, а y максимизирует. Кого из них назвать G, не важно; важно, \
             шагают они одновременно или по очереди. См. nash.",
        ),
    ),
];
