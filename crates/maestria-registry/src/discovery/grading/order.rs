//! Whether texts that mean the same lie nearer to each other than texts that do not.

use crate::discovery::{Answer, Grade, Grader, Reason};

/// Positions of three texts of which the first two mean the same.
#[derive(Debug, Clone, Copy)]
pub(in crate::discovery) struct Triple {
    pub(in crate::discovery) anchor: usize,
    pub(in crate::discovery) near: usize,
    pub(in crate::discovery) far: usize,
}

/// Right are vectors of which every anchor is nearer to the text of its meaning than to the other one.
#[derive(Debug, Clone)]
pub(in crate::discovery) struct Order {
    pub(in crate::discovery) texts: usize,
    pub(in crate::discovery) triples: Vec<Triple>,
}

impl Grader for Order {
    fn grade(&self, answer: &Answer) -> Grade {
        /// Cosines that differ by less are alike.
        const MARGIN: f32 = 1e-4;
        let Answer::Embeddings(vectors) = answer else {
            return Grade::wrong(Reason::NotOfKind { expected: "vectors" });
        };
        let dimension = vectors.first().map_or(0, |vector| vector.0.len());
        let sound = vectors.len() == self.texts
            && dimension > 0
            && vectors.iter().all(|vector| vector.0.len() == dimension && vector.0.iter().all(|x| x.is_finite()));
        if !sound {
            return Grade::wrong(Reason::NotOfKind { expected: "a finite vector of one dimension for every text" });
        }
        let cosine = |a: usize, b: usize| Some(vectors.get(a)?.cosine(vectors.get(b)?));
        let holds = |triple: &Triple| {
            let (near, far) = (cosine(triple.anchor, triple.near)?, cosine(triple.anchor, triple.far)?);
            Some(near > far + MARGIN)
        };
        let wrong = self.triples.iter().filter(|triple| holds(triple) != Some(true));
        Grade::of_parts(self.triples.len(), wrong.map(|triple| format!("text {}", triple.anchor)).collect())
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Embedding;

    use super::*;

    #[test]
    fn what_means_the_same_must_be_nearer() {
        let check = |vectors: &[&[f32]], score| {
            let triples = vec![Triple { anchor: 0, near: 1, far: 2 }];
            let vectors = vectors.iter().map(|vector| Embedding(vector.to_vec())).collect();
            let grade = Order { texts: 3, triples }.grade(&Answer::Embeddings(vectors));
            assert_eq!(grade.score.get(), score, "{}", grade.reason);
        };
        check(&[&[1.0, 0.0], &[0.8, 0.6], &[0.0, 1.0]], 1.0);
        check(&[&[1.0, 0.0], &[0.0, 1.0], &[0.8, 0.6]], 0.0);
        check(&[&[1.0, 0.0], &[1.0, 0.0], &[1.0, 0.0]], 0.0);
        check(&[&[0.0], &[0.0], &[0.0]], 0.0);
        check(&[&[1.0, 0.0], &[0.8, 0.6]], 0.0);
        check(&[&[1.0, 0.0], &[0.8, 0.6], &[1.0]], 0.0);
        check(&[&[1.0, 0.0], &[0.8, 0.6], &[f32::NAN, 0.0]], 0.0);
        check(&[&[], &[], &[]], 0.0);
        check(&[], 0.0);
    }
}
